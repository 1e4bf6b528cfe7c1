-- When a queue type has something to dispatch next.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- Returns ms until its earliest queue is ready, 0 when one is, or false when none is coming
-- include: now_us, ms, keys

local names = keys(KEYS[1])
local soonest = redis.call('ZRANGE', names.ready, 0, 0, 'WITHSCORES')[2]
return soonest and math.max(0, ms(soonest - now_us(ARGV[1])))
