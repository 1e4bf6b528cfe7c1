-- Puts a job among the queued ones at its place. `from` is the time from which the queue has it, us. A queue that had
-- none is waiting since then, or since the due time of a scheduled job that nobody has promoted yet.
local function queue_job(queue, job_id, job_place, from)
  redis.call('ZADD', queue.queue_key, job_place, job_id)
  if queue.queued == 0 then
    if queue.later > 0 then
      from = math.min(from, redis.call('ZRANGE', queue.later_key, 0, 0, 'WITHSCORES')[2] * 1000)
    end
    set(queue, 'since', from)
  end
  queue.queued = queue.queued + 1
end
