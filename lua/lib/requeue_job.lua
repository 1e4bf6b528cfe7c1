-- Has an active job wait again, at its own place: at once, or after `delay` ms.
-- include: member, ms, queue_job, run, schedule_job
local function requeue_job(names, queue, job_id, it, delay, now)
  local name = member(queue.id, job_id)
  it.stamp = 0
  queue.requeued = true
  if delay > 0 then
    it.more = it.more or {}
    it.more.due = ms(now + delay * 1000)
    schedule_job(names, queue, job_id, it.place, it.more.due)
  else
    queue_job(names, queue, job_id, it.place, now)
  end
  run.write(names, name, it)
  redis.call('ZREM', names.active, name)
end
