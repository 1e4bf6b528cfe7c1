-- Takes a waiting job out of its queue, wherever it waits. `options` are those of its record, `it` its run or nil. What
-- has become due is brought in order first, as if somebody had looked at the queue in time: at most `limit` jobs.
-- Returns how many those were.
-- include: later_member, member, place, pop_head, promote
local function remove_waiting(names, queue, job_id, options, it, limit, now)
  local promoted = 0
  if queue.later > 0 and limit > 0 then
    promoted = promote(names, queue, limit, now)
  end
  if queue.queued > 0 and queue.head == job_id then
    pop_head(names, queue)
  elseif queue.queued > 1 and redis.call('ZREM', names['rest:'] .. queue.id, job_id) == 1 then
    queue.queued = queue.queued - 1
  elseif queue.later > 0 and (it and it.more and it.more.due or options.due) then
    local job_place = it and it.place or place(options.seq, options.priority or 0)
    local removed = redis.call('ZREM', names['later:'] .. queue.id, later_member(job_place, job_id))
    queue.later = queue.later - removed
    redis.call('ZREM', names.due, member(queue.id, job_id))
  end
  return promoted
end
