-- The length and the counters of one queue.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- Returns { jobs waiting, first minute of the window, ten counts of enqueues, ten of dequeues }
-- include: now_us, keys, read_counts

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local waiting = redis.call('ZCARD', names.queue .. ARGV[2]) + redis.call('ZCARD', names.later .. ARGV[2])
return { waiting, unpack(read_counts(names.state .. ARGV[2], now)) }
