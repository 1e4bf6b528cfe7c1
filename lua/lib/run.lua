-- What became of a job, for those that were dispatched or have ended:
--   stamp      7 bytes  time of the current dispatch, us; it is the lease token. 0 while not active
--   attempts   4 bytes  dispatches so far
--   remaining  4 bytes  requeues left, -1 = no limit
--   place      7 bytes  see place.lua
--   retain     5 bytes  ms the job is kept after a finish, 0 = not at all
--   before     7 bytes  time of its queue's dispatch before this one, us, 0 = none
-- and for ended jobs that are kept, a MessagePack array of
--   outcome    "finished" or "failed" (a dead letter)
--   reason     why it failed, "" otherwise
--   ended_at   ms
--   kept_until ms; this moment decides, the sweep only cleans up
local run = { format = '>I7I4i4i7I5I7' }

-- A run as a table, or nil when there is none.
function run.read(names, name)
  local raw = redis.call('HGET', names.runs, name)
  return raw and run.unpack(raw) or nil
end

function run.unpack(raw)
  local stamp, attempts, remaining, job_place, retain, before, at = struct.unpack(run.format, raw)
  local it = {
    stamp = stamp, attempts = attempts, remaining = remaining, place = job_place, retain = retain, before = before,
  }
  if at <= #raw then
    it.outcome, it.reason, it.ended_at, it.kept_until = unpack(cmsgpack.unpack(string.sub(raw, at)))
  end
  return it
end

function run.write(names, name, it)
  local raw = run.begin(it.stamp, it.attempts, it.remaining, it.place, it.retain, it.before)
  if it.outcome then
    raw = raw .. cmsgpack.pack({ it.outcome, it.reason, it.ended_at, it.kept_until })
  end
  redis.call('HSET', names.runs, name, raw)
end

-- The packed run of a job that is being dispatched.
function run.begin(stamp, attempts, remaining, job_place, retain, before)
  return struct.pack(run.format, stamp, attempts, remaining, job_place, retain, before)
end
