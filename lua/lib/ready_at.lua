-- The one rule for when a queue may be dispatched next, us, or nil when nothing waits in it: its head job is there,
-- and its interval has passed since its last dispatch. The interval is applied when it is read, so that a change acts
-- at once. With interval 0 a queue is ready again one microsecond after a dispatch, behind all that waited for longer.
local function ready_at(names, queue)
  local there
  if queue.queued > 0 then
    there = queue.since
  elseif queue.later > 0 then
    there = redis.call('ZRANGE', names.later .. queue.id, 0, 0, 'WITHSCORES')[2] * 1000
  else
    return nil
  end
  if queue.last == 0 then
    return there
  end
  return math.max(there, queue.last + math.max(queue.interval * 1000, 1))
end
