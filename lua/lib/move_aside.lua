-- Gives a dead letter another id, "<job id>~<time of its end, ms>", with all that belongs to it.
-- include: add_tags, member, record, run
local function move_aside(names, queue_id, job_id, it)
  local name, at = member(queue_id, job_id), it.more.ended_at
  while redis.call('HEXISTS', names.jobs, string.format('%s~%.0f', name, at)) == 1 do
    at = at + 1
  end
  local aside = string.format('%s~%.0f', job_id, at)
  local new_name = member(queue_id, aside)
  redis.call('HSET', names.jobs, new_name, redis.call('HGET', names.jobs, name))
  run.write(names, new_name, it)
  redis.call('ZADD', names.kept, it.more.kept_until, new_name)
  redis.call('ZADD', names['ended:failed'], it.more.ended_at, new_name)
  redis.call('ZADD', names['past:failed:'] .. queue_id, it.more.ended_at, aside)
  if not it.more.restarted_as then
    redis.call('ZADD', names.dead, it.more.ended_at, new_name)
  end
  local log_key = names['log:'] .. name
  if redis.call('EXISTS', log_key) == 1 then
    redis.call('RENAME', log_key, names['log:'] .. new_name)
  end
  local tags = redis.call('HGET', names.tags, name)
  if tags then
    local _, _, enqueued_ms = record.unpack(redis.call('HGET', names.jobs, name))
    add_tags(names, new_name, cmsgpack.unpack(tags), enqueued_ms)
  end
end
