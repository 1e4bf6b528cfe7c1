-- Brings a queue's entry in the ready set up to date: `at` is its ready time, us, or nil when it has none. A queue that
-- has waiting jobs and no ready time is blocked by its limits.
-- include: digits
local function list_queue(names, queue, at)
  if queue.limits or queue.was_limited then
    if not at and queue.queued + queue.later > 0 then
      redis.call('ZADD', names.blocked, 0, queue.id)
    else
      redis.call('ZREM', names.blocked, queue.id)
    end
  end
  if at == queue.listed then
    return
  end
  queue.listed = at
  if at then
    redis.call('ZADD', names.ready, digits(at), queue.id)
    names.soonest = math.min(names.soonest or at, at)
  else
    redis.call('ZREM', names.ready, queue.id)
  end
end
