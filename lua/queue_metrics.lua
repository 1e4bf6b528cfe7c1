-- The length and the counters of one queue.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- Returns { jobs waiting, first minute of the window, ten counts of enqueues, ten of dequeues }
-- include: now_us, keys, ready_at, load_queue

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queue = load_queue(names, ARGV[2], now)
local minute = math.floor(now / 60000000)
local found = { queue.queued + queue.later, minute - 9 }
for kind = 0, 1 do
  for past = 9, 0, -1 do
    -- Pairs of counts, newest first, from the latest minute that has any; see count.lua.
    local back = (queue.stored[11] or 0) - (minute - past)
    found[#found + 1] = back >= 0 and queue.stored[12 + back * 2 + kind] or 0
  end
end
return found
