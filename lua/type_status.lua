-- A queue type, or a partition of one: its jobs and its settings.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- Returns { queued, scheduled, active, dead letters that were not restarted, queues with waiting jobs, ms since which
--   the queue that is ready for longest has been so, or false, its settings, defaults of its queues and
--   defaults of its jobs (see load_settings.lua), the time, ms }
-- include: flatten, keys, load_settings, now_us

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
load_settings(names, now)
local active = redis.call('ZCARD', names.active)
local waiting = math.max(redis.call('HLEN', names.jobs) - active - redis.call('ZCARD', names.kept), 0)
local scheduled = redis.call('ZCOUNT', names.due, '(' .. math.floor(now / 1000), '+inf')
local soonest = tonumber(redis.call('ZRANGE', names.ready, 0, 0, 'WITHSCORES')[2])
local settings = names.settings or {}
local told = settings.told or {}
return {
  waiting - scheduled, scheduled, active, redis.call('ZCARD', names.dead),
  redis.call('ZCARD', names.ready) + redis.call('ZCARD', names.blocked),
  soonest and soonest <= now and math.floor((now - soonest) / 1000) or false,
  flatten({
    interval = told.interval, burst = told.burst, concurrency = told.concurrency, paused = settings.paused,
  }),
  flatten(settings.queue or {}),
  flatten(settings.job or {}),
  math.floor(now / 1000),
}
