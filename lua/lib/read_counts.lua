-- The counters of the ten minutes that end with the current one, oldest first: the minute the window starts with,
-- then ten counts of enqueues and ten of dequeues. For the form of the hash see count.lua.
local function read_counts(key, now)
  local minute = math.floor(now / 60000000)
  local fields = {}
  for _, kind in ipairs({ 'e', 'd' }) do
    for past = 9, 0, -1 do
      fields[#fields + 1] = kind .. ((minute - past) % 10)
    end
  end
  local values = redis.call('HMGET', key, unpack(fields))
  local counts = { minute - 9 }
  for i, value in ipairs(values) do
    local slot_minute = minute - 9 + (i - 1) % 10
    local number = tonumber(value) or 0
    local fresh = math.floor(number / 16777216) == slot_minute
    counts[#counts + 1] = fresh and number % 16777216 or 0
  end
  return counts
end
