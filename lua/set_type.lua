-- Changes settings of a queue type. After a change of the defaults of its queues, those that wait are to be listed
-- anew, see relist.lua.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  JSON object of what changes: interval (ms), burst, concurrency, paused; queue, an object of interval, burst,
--   concurrency and max_length; job, an object of expire, limit, retry_delays and retain; told, an object of interval,
--   burst and concurrency as they hold for all partitions together; null for what is taken away
-- Returns "set"
-- include: keys, load_settings, now_us, save_settings, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
load_settings(names, now)
local change = cjson.decode(ARGV[2])
local settings = names.settings or { burst = 1, last = 0, level = 1 }
names.settings = settings

local function merge(into, from)
  for name, value in pairs(from) do
    if value == cjson.null or value == false then
      into[name] = nil
    else
      into[name] = value
    end
  end
  return next(into) ~= nil and into or nil
end

-- Until all queues that wait are listed by the new defaults, each one is when it is touched.
settings.relist = settings.relist or change.queue ~= nil or nil
settings.queue = merge(settings.queue or {}, change.queue or {})
settings.job = merge(settings.job or {}, change.job or {})
settings.told = merge(settings.told or {}, change.told or {})
change.queue, change.job, change.told = nil, nil, nil
merge(settings, change)
settings.burst = settings.burst or 1
save_settings(names)
names.soonest = now
wake(names)
return 'set'
