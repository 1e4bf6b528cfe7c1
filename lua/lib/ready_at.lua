-- The one rule for when a queue may be dispatched next, us, or nil when nothing waits in it, it is paused or full: its
-- head job is there, no penalty holds, and its rate allows a dispatch. The interval is applied when it is read, so that
-- a change acts at once. With interval 0 a queue is ready again one microsecond after a dispatch, behind all that
-- waited for longer.
-- lazy: spacing
local function ready_at(names, queue)
  local there
  if queue.queued > 0 then
    there = queue.since
  elseif queue.later > 0 then
    there = redis.call('ZRANGE', names['later:'] .. queue.id, 0, 0, 'WITHSCORES')[2] * 1000
  else
    return nil
  end
  local limits = queue.limits
  if limits then
    if limits.paused or limits.concurrency and queue.active >= limits.concurrency then
      return nil
    end
    there = math.max(there, limits.penalty)
  end
  if queue.last == 0 then
    return there
  end
  return math.max(there, queue.last + math.max(limits and lazy('spacing')(queue) or queue.interval * 1000, 1))
end
