-- Moves scheduled jobs that have become due among the queued ones, at most `limit`. Returns how many, and whether none
-- that is due is left: only then is the head of the queue the job that comes first.
local function promote(names, queue, limit, now)
  local due = redis.call(
    'ZRANGEBYSCORE', queue.later_key, '-inf', math.floor(now / 1000), 'WITHSCORES', 'LIMIT', 0, limit
  )
  for i = 1, #due, 2 do
    local job_id = string.match(due[i], '^%d+:(.*)$')
    redis.call('ZREM', queue.later_key, due[i])
    set(queue, 'later', queue.later - 1)
    local job = record.read_header(names.job .. member(queue.id, job_id))
    if job then
      queue_job(queue, job_id, job.place, due[i + 1] * 1000)
    end
  end
  return #due / 2, #due < limit * 2
end
