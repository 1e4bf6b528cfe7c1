-- When a queue type has something to dispatch next.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- Returns ms until its earliest queue is ready, 0 when one is, or false when none is coming
-- include: keys, load_settings, ms, now_us, type_ready_at

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
load_settings(names, now)
local soonest, gate = redis.call('ZRANGE', names.ready, 0, 0, 'WITHSCORES')[2], type_ready_at(names, 0)
return soonest and gate and math.max(0, ms(math.max(tonumber(soonest), gate) - now))
