-- The numbers of waiting jobs of some queues.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue ids, at most 500
-- Returns the lengths in order
-- include: keys, load_queue, now_us

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local found = {}
for at = 2, #ARGV do
  local queue = load_queue(names, ARGV[at], now)
  found[#found + 1] = queue.queued + queue.later
end
return found
