-- Reads what concerns a queue type as a whole, a MessagePack map that most types do not have:
--   interval, burst    the rate of all its queues together, ms and jobs
--   concurrency        jobs of the type that may be active at once
--   paused             true: nothing is dispatched
--   last, level        state of that rate, see spacing.lua
--   told               interval, burst and concurrency as they were set, for all partitions of the type together
--   queue              defaults of its queues: interval, burst, concurrency, max_length
--   job                defaults of its jobs: expire, limit, retry_delays, retain
--   relist             true: defaults of its queues have changed, and not all queues are listed by them yet
--   channel            where changes of its jobs are told,
--   all_until          and until when all of them are, us,
--   some_until         or those in the `followed` set, us
-- It becomes `names.settings`, or stays false.
-- lazy: read_settings
local function load_settings(names, now)
  local raw = redis.call('GET', names.type)
  if raw then
    names.settings = lazy('read_settings')(raw, now)
  end
end
