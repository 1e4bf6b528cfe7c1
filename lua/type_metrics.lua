-- Whether a queue type is in use, and its counters.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- Returns { "live" when it has jobs that are waiting or active, else "idle",
--   first minute of the window, ten counts of enqueues, ten of dequeues }
-- include: now_us, keys, read_counts

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local live = redis.call('EXISTS', names.ready, names.active) > 0
return { live and 'live' or 'idle', unpack(read_counts(names.counts, now)) }
