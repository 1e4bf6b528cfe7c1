-- Has an active job wait at its place again, as if this attempt had not been. A job that is to be cancelled ends as
-- such.
-- include: end_job, member, queue_job, run, tell
local function give_back(names, queue, job_id, it, now)
  local name = member(queue.id, job_id)
  queue.active = math.max(queue.active - 1, 0)
  if it.more and it.more.cancel then
    end_job(names, queue.id, job_id, it, 'cancelled', it.retain, now)
    return
  end
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
  queue_job(names, queue, job_id, it.place, now)
  tell(names, queue.id, job_id, 'queued', now)
end
