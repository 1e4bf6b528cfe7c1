-- What there is to say of some queues, also of those that have no job and no setting.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue ids, at most 100
-- Returns a list (see queue_status.lua in lib) for each, in order
-- include: flatten, keys, load_queue, load_settings, now_us, queue_status

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local found = {}
load_settings(names, now)
for at = 2, #ARGV do
  found[#found + 1] = flatten(queue_status(names, load_queue(names, ARGV[at], now), now))
end
return found
