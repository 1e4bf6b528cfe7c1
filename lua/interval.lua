-- Sets the interval of a queue explicitly: it acts from the next dispatch on, and stays when the queue drains.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  interval, ms
-- Returns "set", or "unknown_queue" when there is no such queue: no job, no spacing to keep and no explicit setting
-- include: now_us, ms, digits, keys, ready_at, queue_format, load_queue, set_kept, list_queue, save_queue, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queue = load_queue(names, ARGV[2], now)

local spacing = queue.last + queue.interval * 1000 > now
if queue.queued + queue.later + queue.active + queue.kept == 0 and not spacing then
  return 'unknown_queue'
end
queue.interval = tonumber(ARGV[3])
set_kept(names, queue, 1)
save_queue(names, queue, now)
wake(names)
return 'set'
