-- Reading and writing runs, see run_format.lua.
-- include: run_format
local run = {}

-- A run as a table, or nil when there is none.
function run.read(names, name)
  local raw = redis.call('HGET', names.runs, name)
  return raw and run.unpack(raw) or nil
end

function run.unpack(raw)
  local stamp, attempts, remaining, job_place, retain, before, at = struct.unpack(run_format, raw)
  return {
    stamp = stamp, attempts = attempts, remaining = remaining, place = job_place, retain = retain, before = before,
    more = at <= #raw and cmsgpack.unpack(string.sub(raw, at)) or nil,
  }
end

function run.write(names, name, it)
  local raw = run.pack(it.stamp, it.attempts, it.remaining, it.place, it.retain, it.before, it.more)
  redis.call('HSET', names.runs, name, raw)
end

function run.pack(stamp, attempts, remaining, job_place, retain, before, more)
  local raw = struct.pack(run_format, stamp, attempts, remaining, job_place, retain, before)
  if more and next(more) ~= nil then
    raw = raw .. cmsgpack.pack(more)
  end
  return raw
end

-- How a job has ended; nil for one that lives.
function run.outcome(it)
  return it and it.more and it.more.outcome
end
