-- Removes what is kept of an ended job.
local function forget_ended(names, queue_id, job_id)
  local name = member(queue_id, job_id)
  redis.call('ZREM', names.kept, name)
  redis.call('ZREM', names.past .. queue_id, job_id)
  redis.call('HDEL', names.jobs, name)
  redis.call('HDEL', names.runs, name)
end
