-- Asks that changes of jobs be told on a channel, see tell.lua, until a time; to be renewed before.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  for how long, ms
-- ARGV[3]  channel
-- ARGV[4]  "all" for all jobs of the type, or "some" for those named
-- ARGV[5]  two values a job: queue id, job id
-- Returns "went_on" when that was asked for already, else "began"
-- include: digits, keys, load_settings, member, ms, now_us, save_settings

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
load_settings(names, now)
local until_us = now + ARGV[2] * 1000
names.settings = names.settings or { burst = 1, last = 0, level = 1 }
local went_on = (names.settings[ARGV[4] .. '_until'] or 0) > now
names.settings.channel = ARGV[3]
if ARGV[4] == 'all' then
  names.settings.all_until = until_us
else
  names.settings.some_until = until_us
  for at = 5, #ARGV, 2 do
    redis.call('ZADD', names.followed, digits(until_us), member(ARGV[at], ARGV[at + 1]))
  end
  redis.call('ZREMRANGEBYSCORE', names.followed, '-inf', digits(now))
  redis.call('PEXPIREAT', names.followed, digits(ms(until_us)))
end
save_settings(names)
return went_on and 'went_on' or 'began'
