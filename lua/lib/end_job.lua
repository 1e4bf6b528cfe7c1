-- Keeps a job that has ended for `keep_ms`, as a hash:
--   state       "finished" or "failed" (a dead letter)
--   error       why it failed, "" otherwise
--   ended_at    ms
--   kept_until  ms; the moment decides, the key's expiry and the sweep only clean up
--   record      the job's record as it was, see record.lua
-- A dead letter with the same job id is moved aside under an id of its own, because it must not vanish; an ended job
-- that was only kept to be read gives way.
local function end_job(names, queue_id, job_id, raw, state, reason, keep_ms, now)
  local function index(id, ended_at, kept_until)
    redis.call('ZADD', names.kept, kept_until, member(queue_id, id))
    redis.call('ZADD', names.past .. queue_id, ended_at, id)
  end
  local key = names.ended .. member(queue_id, job_id)
  local old = redis.call('HMGET', key, 'state', 'ended_at', 'kept_until')
  if old[1] == 'failed' then
    local aside = job_id .. '~' .. old[2]
    redis.call('RENAME', key, names.ended .. member(queue_id, aside))
    index(aside, old[2], old[3])
  end
  local kept_until = ms(now) + keep_ms
  redis.call(
    'HSET', key, 'state', state, 'error', reason, 'ended_at', ms(now), 'kept_until', kept_until, 'record', raw
  )
  redis.call('PEXPIREAT', key, kept_until)
  index(job_id, ms(now), kept_until)
end
