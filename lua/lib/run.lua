-- What became of a job, for those that were dispatched or have ended; a MessagePack array of
--   stamp      time of the current dispatch, us; it is the lease token. 0 while not active
--   attempts   dispatches so far
--   remaining  requeues left, -1 = no limit
--   place      see place.lua
--   retain     ms the job is kept after a finish, 0 = not at all
--   before     time of its queue's dispatch before this one, us, 0 = none
-- and for ended jobs that are kept:
--   outcome    "finished" or "failed" (a dead letter)
--   reason     why it failed, "" otherwise
--   ended_at   ms
--   kept_until ms; this moment decides, the sweep only cleans up
local run = {}

-- A run as a table, or nil when there is none.
function run.read(names, name)
  local raw = redis.call('HGET', names.runs, name)
  if not raw then
    return nil
  end
  local of = cmsgpack.unpack(raw)
  return {
    stamp = of[1], attempts = of[2], remaining = of[3], place = of[4], retain = of[5], before = of[6],
    outcome = of[7], reason = of[8], ended_at = of[9], kept_until = of[10],
  }
end

function run.write(names, name, it)
  redis.call('HSET', names.runs, name, cmsgpack.pack({
    it.stamp, it.attempts, it.remaining, it.place, it.retain, it.before, it.outcome, it.reason, it.ended_at,
    it.kept_until,
  }))
end

-- What the next dispatch must know of those before, from a packed run: attempts and remaining.
function run.begun(raw)
  if raw then
    local _, attempts, remaining = unpack(cmsgpack.unpack(raw))
    return attempts, remaining
  end
end

-- The packed run of a job that is being dispatched.
function run.begin(stamp, attempts, remaining, job_place, retain, before)
  return cmsgpack.pack({ stamp, attempts, remaining, job_place, retain, before })
end
