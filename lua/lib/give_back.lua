-- Has an active job wait at its place again, as if this attempt had not been.
-- include: member, queue_job, run, tell
local function give_back(names, queue, job_id, it, now)
  local name = member(queue.id, job_id)
  it.stamp, it.attempts = 0, it.attempts - 1
  if it.attempts == 0 and not it.more then
    redis.call('HDEL', names.runs, name)
  else
    run.write(names, name, it)
    queue.requeued = true
  end
  if it.attempts == 0 and it.more and it.more.deadline then
    redis.call('ZADD', names.deadlines, it.more.deadline, name)
  end
  redis.call('ZREM', names.active, name)
  queue.active = math.max(queue.active - 1, 0)
  queue_job(names, queue, job_id, it.place, now)
  tell(names, queue.id, job_id, 'queued', now)
end
