-- Notes in the `held` set whether the state of a queue stays when it drains, after its settings have changed; `before`
-- is whether it did.
-- include: is_explicit
local function hold_queue(names, queue, before)
  if is_explicit(queue) then
    redis.call('ZADD', names.held, '+inf', queue.id)
  elseif before then
    redis.call('ZREM', names.held, queue.id)
  end
end
