-- A job as enqueued. It never changes afterwards, so that a payload is written to Redis, its append-only file and its
-- replicas once:
--   enqueued_ms   6 bytes  time of the enqueue, ms
--   options_size  2 bytes  length of the options
--   options       a MessagePack map with what only some jobs have: limit (requeues; without limit when absent),
--                 expire and retain (ms), due (ms)
--   payload       the bytes as the producer gave them
local record = { header_size = 8 }

function record.pack(enqueued_ms, options, payload)
  local packed = next(options) and cmsgpack.pack(options) or ''
  return struct.pack('>I6I2', enqueued_ms, #packed) .. packed .. payload
end

-- Returns the options, the payload and the time of the enqueue, ms.
function record.unpack(raw)
  local enqueued_ms, size = struct.unpack('>I6I2', raw)
  if size == 0 then
    return {}, string.sub(raw, record.header_size + 1), enqueued_ms
  end
  local options = cmsgpack.unpack(string.sub(raw, record.header_size + 1, record.header_size + size))
  return options, string.sub(raw, record.header_size + size + 1), enqueued_ms
end
