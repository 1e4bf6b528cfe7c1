-- The time until which the state of a drained queue counts, us: its rate has rested then, and a penalty is over.
-- include: rested_at
local function needed_until(queue)
  return math.max(rested_at(queue), queue.limits and queue.limits.penalty or 0)
end
