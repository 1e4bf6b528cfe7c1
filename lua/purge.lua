-- One bounded step of purging a queue of all but its living jobs: explicit settings, counters, and jobs kept after
-- their end. The interval and the time of the last dispatch stay until the spacing has passed, because the rate must
-- hold.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  how many ended jobs at the most
-- Returns the number of ended jobs that are still kept
-- include: find_limits, forget_job, hold_queue, is_explicit, keys, load_queue, load_settings, member, now_us,
-- include: publish, run, save_queue, tell, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
load_settings(names, now)
local queue, room, left = load_queue(names, ARGV[2], now), tonumber(ARGV[3]), 0

for _, outcome in ipairs({ 'finished', 'failed', 'cancelled' }) do
  local past_key = names['past:'] .. outcome .. ':' .. queue.id
  local some = room > 0 and redis.call('ZRANGE', past_key, 0, room - 1) or {}
  for _, job_id in ipairs(some) do
    tell(names, queue.id, job_id, 'removed', now)
    forget_job(names, queue.id, job_id, run.read(names, member(queue.id, job_id)))
  end
  room = room - #some
  left = left + redis.call('ZCARD', past_key)
end

local own, before = queue.settings or {}, is_explicit(queue)
queue.minute, queue.counted, queue.older, queue.kept = 0, 0, '', 0
queue.settings, queue.was_limited = { level = own.level, penalty = own.penalty }, true
find_limits(names, queue)
hold_queue(names, queue, before)
save_queue(names, queue, now)
wake(names)
publish(names)
return left
