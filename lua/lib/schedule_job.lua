-- Puts a job among the scheduled ones of its queue. `due` is ms.
-- include: later_member, member
local function schedule_job(names, queue, job_id, job_place, due)
  redis.call('ZADD', names['later:'] .. queue.id, due, later_member(job_place, job_id))
  redis.call('ZADD', names.due, due, member(queue.id, job_id))
  queue.later = queue.later + 1
end
