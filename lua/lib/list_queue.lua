-- Brings a queue's entry in the ready set up to date: `at` is its ready time, us, or nil when nothing waits in it.
local function list_queue(names, queue, at)
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
