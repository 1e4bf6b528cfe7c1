-- Sets the interval of a queue explicitly: it acts from the next dispatch on, and stays when the queue drains.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  interval, ms
-- Returns "set", or "unknown_queue" when there is no such queue: no job, no spacing to keep and no explicit setting
-- include: now_us, ms, keys, load_queue, set, ready_at, save_queue

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queue = load_queue(names, ARGV[2], now)

local spacing = queue.last and queue.last + queue.interval * 1000 > now
if queue.was_drained and not spacing and not queue.kept then
  return 'unknown_queue'
end
set(queue, 'interval', tonumber(ARGV[3]))
set(queue, 'kept', '1')
save_queue(names, queue, now)
return 'set'
