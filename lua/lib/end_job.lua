-- Ends a living job and keeps it for `keep_ms`. Its record moves under another name, so that the payload is not copied,
-- and a hash beside it tells the rest:
--   state       "finished" or "failed" (a dead letter)
--   error       why it failed, "" otherwise
--   ended_at    ms
--   kept_until  ms; the moment decides, the keys' expiry and the sweep only clean up
-- A dead letter with the same job id is moved aside under an id of its own, because it must not vanish; an ended job
-- that was only kept to be read gives way.
local function end_job(names, queue_id, job_id, state, reason, keep_ms, now)
  local function index(id, ended_at, kept_until)
    redis.call('ZADD', names.kept, kept_until, member(queue_id, id))
    redis.call('ZADD', names.past .. queue_id, ended_at, id)
  end
  local name = member(queue_id, job_id)
  local old = redis.call('HMGET', names.ending .. name, 'state', 'ended_at', 'kept_until')
  if old[1] == 'failed' and redis.call('EXISTS', names.ended .. name) == 1 then
    local aside = job_id .. '~' .. old[2]
    redis.call('RENAME', names.ending .. name, names.ending .. member(queue_id, aside))
    redis.call('RENAME', names.ended .. name, names.ended .. member(queue_id, aside))
    index(aside, old[2], old[3])
  end
  local kept_until = ms(now) + keep_ms
  redis.call('RENAME', names.job .. name, names.ended .. name)
  redis.call(
    'HSET', names.ending .. name, 'state', state, 'error', reason, 'ended_at', ms(now), 'kept_until', kept_until
  )
  redis.call('PEXPIREAT', names.ended .. name, kept_until)
  redis.call('PEXPIREAT', names.ending .. name, kept_until)
  index(job_id, ms(now), kept_until)
end
