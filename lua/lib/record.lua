-- A job as enqueued. It never changes afterwards, so that a payload is written to Redis, its append-only file and its
-- replicas once:
--   enqueued_ms   6 bytes  time of the enqueue, ms
--   options_size  2 bytes  length of the options
--   options       a MessagePack map with what only some jobs have: limit (requeues; without limit when absent),
--                 expire, retain, max_runtime (ms), due and deadline (ms), seq (of jobs with a due time), priority,
--                 retry_delays (a list of ms), tags (a list), restarted_from (a job id)
--   payload       the bytes as the producer gave them
-- The first three are the same for all jobs of a call that have no options.
local record = { no_options = {} }

-- What stands before the payload.
function record.start(enqueued_ms, options)
  local packed = next(options) and cmsgpack.pack(options) or ''
  return struct.pack('>I6I2', enqueued_ms, #packed) .. packed
end

-- Returns the options, the payload and the time of the enqueue, ms.
function record.unpack(raw)
  local enqueued_ms, size, at = struct.unpack('>I6I2', raw)
  if size == 0 then
    return record.no_options, string.sub(raw, at), enqueued_ms
  end
  return cmsgpack.unpack(string.sub(raw, at, at + size - 1)), string.sub(raw, at + size), enqueued_ms
end
