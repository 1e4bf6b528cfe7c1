-- Puts a job among the queued ones at its place. `from` is the time from which the queue has it, us. A queue that had
-- none is waiting since then, or since the due time of a scheduled job that nobody has promoted yet.
local function queue_job(names, queue, job_id, job_place, from)
  if queue.queued == 0 then
    if queue.later > 0 then
      from = math.min(from, redis.call('ZRANGE', names['later:'] .. queue.id, 0, 0, 'WITHSCORES')[2] * 1000)
    end
    queue.since = from
    queue.head, queue.place = job_id, job_place
  elseif job_place < queue.place then
    redis.call('ZADD', names['rest:'] .. queue.id, queue.place, queue.head)
    queue.head, queue.place = job_id, job_place
  else
    redis.call('ZADD', names['rest:'] .. queue.id, job_place, job_id)
  end
  queue.queued = queue.queued + 1
end
