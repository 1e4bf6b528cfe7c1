-- The length and the counters of one queue.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- Returns { jobs waiting, first minute of the window, ten counts of enqueues, ten of dequeues }
-- include: keys, load_queue, now_us

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queue = load_queue(names, ARGV[2], now)
local minute = math.floor(now / 60000000)
local found = { queue.queued + queue.later, minute - 9 }

-- What the queue counted in the minute that is so many minutes before its latest.
local function counted(back)
  if back <= 0 then
    return back == 0 and queue.counted or 0
  end
  return back * 6 <= #queue.older and struct.unpack('>I6', queue.older, back * 6 - 5) or 0
end

for i = 0, 9 do
  local both = counted(queue.minute - (minute - 9 + i))
  found[3 + i], found[13 + i] = both % 16777216, math.floor(both / 16777216)
end
return found
