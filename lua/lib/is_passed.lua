-- Whether nothing of a queue counts any more: it has drained, its rate has rested and a penalty is over. For a queue
-- without limits, load_queue.lua and save_queue.lua have the same rule in short.
-- include: is_explicit, needed_until
local function is_passed(queue, now)
  return queue.queued + queue.later + queue.active == 0 and not is_explicit(queue) and needed_until(queue) <= now
end
