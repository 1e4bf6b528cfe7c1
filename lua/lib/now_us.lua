-- The time in microseconds since the Unix epoch: Redis's own clock, unless a test gives a virtual one.
-- Redis replicates what a script did, not the script, so reading the clock in it is safe.
local function now_us(virtual)
  if virtual ~= '' then
    return tonumber(virtual)
  end
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
