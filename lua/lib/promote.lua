-- Moves scheduled jobs that have become due among the queued ones, at most `limit`. Returns how many, and whether none
-- that is due is left: only then is the head of the queue the job that comes first.
-- include: member, queue_job, split_later
local function promote(names, queue, limit, now)
  local due = redis.call(
    'ZRANGEBYSCORE', names['later:'] .. queue.id, '-inf', math.floor(now / 1000), 'WITHSCORES', 'LIMIT', 0, limit
  )
  for i = 1, #due, 2 do
    redis.call('ZREM', names['later:'] .. queue.id, due[i])
    queue.later = queue.later - 1
    local job_id, job_place = split_later(due[i])
    redis.call('ZREM', names.due, member(queue.id, job_id))
    queue_job(names, queue, job_id, job_place, due[i + 1] * 1000)
  end
  return #due / 2, #due < limit * 2
end
