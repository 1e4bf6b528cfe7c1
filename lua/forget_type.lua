-- Takes a queue type that was found out of use off the register, unless it was registered lately: whoever enqueues
-- registers the type again before the grace is over, so a type with jobs can't be forgotten.
-- KEYS[1]  hash tag of the installation
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue type
-- ARGV[3]  grace, ms
-- Returns "forgotten" or "registered"
-- include: now_us

local key = KEYS[1] .. ':types'
local registered = redis.call('ZSCORE', key, ARGV[2])
if registered and now_us(ARGV[1]) - registered < ARGV[3] * 1000 then
  return 'registered'
end
redis.call('ZREM', key, ARGV[2])
redis.call('HDEL', KEYS[1] .. ':partitions', ARGV[2])
return 'forgotten'
