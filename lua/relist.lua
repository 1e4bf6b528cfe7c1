-- One bounded step of listing the queues of a type anew, after defaults of its queues have changed; without queues, a
-- note that all are listed.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue ids, at most 100
-- Returns how many
-- include: keys, load_queue, load_settings, now_us, save_queue, save_settings, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
load_settings(names, now)
if #ARGV == 1 and names.settings then
  names.settings.relist = nil
  save_settings(names)
end
for at = 2, #ARGV do
  local queue = load_queue(names, ARGV[at], now)
  queue.listed, queue.was_limited = false, true
  save_queue(names, queue, now)
end
wake(names)
return #ARGV - 1
