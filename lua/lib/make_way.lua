-- Frees the job id of an ended job for a new one. A dead letter that is still kept moves aside, under an id that tells
-- when it ended, because it must not vanish; an ended job that was only kept to be read is forgotten. Returns false
-- when the job of that id lives: then nothing is changed.
local function make_way(names, queue_id, job_id, now)
  local name = member(queue_id, job_id)
  local it = run.read(names, name)
  if not (it and it.outcome) then
    return false
  end
  if it.outcome == 'failed' and it.kept_until * 1000 > now then
    local aside = string.format('%s~%.0f', job_id, it.ended_at)
    redis.call('HSET', names.jobs, member(queue_id, aside), redis.call('HGET', names.jobs, name))
    run.write(names, member(queue_id, aside), it)
    redis.call('ZADD', names.kept, it.kept_until, member(queue_id, aside))
    redis.call('ZADD', names.past .. queue_id, it.ended_at, aside)
  end
  forget_ended(names, queue_id, job_id)
  return true
end
