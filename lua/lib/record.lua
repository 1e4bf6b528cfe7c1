-- The packed form of a living job: a header of fixed size, so that a dispatch can overwrite it in place and never
-- touches the payload; then the options that only some jobs have; then the payload's bytes as the producer gave them.
--   place         7 bytes, signed   see place.lua
--   enqueued_ms   6 bytes           time of the enqueue, ms
--   stamp_us      7 bytes           time of the current dispatch, us; it is the lease token. 0 while not active
--   attempts      3 bytes           dispatches so far
--   remaining     4 bytes, signed   requeues left; -1 = no limit
--   options_size  2 bytes           length of the options: a MessagePack map of expire and retain, ms
local record = { format = '>i7I6I7I3i4I2', header_size = 29 }

-- The header as a string; `job` holds the six fields.
function record.pack(job)
  return struct.pack(
    record.format,
    job.place,
    job.enqueued_ms,
    job.stamp_us,
    math.min(job.attempts, 16777215),
    job.remaining,
    job.options_size
  )
end

-- The fields of a record's header, or nil when there is no record.
function record.unpack(raw)
  if not raw or raw == '' then
    return nil
  end
  local job = {}
  job.place, job.enqueued_ms, job.stamp_us, job.attempts, job.remaining, job.options_size =
    struct.unpack(record.format, raw)
  return job
end

-- Reads the header alone: the cost does not grow with the payload.
function record.read_header(key)
  return record.unpack(redis.call('GETRANGE', key, 0, record.header_size - 1))
end

function record.write_header(key, job)
  redis.call('SETRANGE', key, 0, record.pack(job))
end

-- The options of a job, an empty table for most.
function record.read_options(key, job)
  if job.options_size == 0 then
    return {}
  end
  return cmsgpack.unpack(
    redis.call('GETRANGE', key, record.header_size, record.header_size + job.options_size - 1)
  )
end

function record.payload(raw, job)
  return string.sub(raw, record.header_size + job.options_size + 1)
end
