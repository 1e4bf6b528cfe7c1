-- Whether a queue type is in use, and its counters.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- Returns { "live" when it has jobs that are waiting or active, else "idle",
--   first minute of the window, ten counts of enqueues, ten of dequeues }
-- include: keys, now_us

local names = keys(KEYS[1])
local minute = math.floor(now_us(ARGV[1]) / 60000000)
local live = redis.call('EXISTS', names.ready, names.active) > 0
local found = { live and 'live' or 'idle', minute - 9 }

local fields = {}
for _, kind in ipairs({ 'e', 'd' }) do
  for past = 9, 0, -1 do
    fields[#fields + 1] = kind .. ((minute - past) % 10)
  end
end
-- For the form of the values see count_type.lua.
for i, value in ipairs(redis.call('HMGET', names.counts, unpack(fields))) do
  local number = tonumber(value) or 0
  local fresh = math.floor(number / 16777216) == minute - 9 + (i - 1) % 10
  found[#found + 1] = fresh and number % 16777216 or 0
end
return found
