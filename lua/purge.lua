-- One bounded step of purging a queue of all but its jobs: explicit settings, counters, and jobs kept after their end.
-- The interval and the time of the last dispatch stay until the spacing has passed, because the rate must hold.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  how many ended jobs at the most
-- Returns the number of ended jobs that are still kept
-- include: now_us, ms, digits, keys, member, ready_at, queue_format, load_queue, set_kept, list_queue, save_queue,
-- include: forget_ended

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queue = load_queue(names, ARGV[2], now)
local past_key = names.past .. queue.id

for _, job_id in ipairs(redis.call('ZRANGE', past_key, 0, ARGV[3] - 1)) do
  forget_ended(names, queue.id, job_id)
end

queue.minute, queue.counted, queue.older = 0, 0, ''
set_kept(names, queue, 0)
save_queue(names, queue, now)
return redis.call('ZCARD', past_key)
