-- Changes settings of a queue explicitly: they act from the next dispatch on, and stay when the queue drains.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  "any", or "known" to change only a queue that there is: one with a job, spacing to keep, or a setting
-- ARGV[4]  JSON object of what changes: interval (ms), burst, concurrency, max_length, paused, pinned, null for what is
--   taken away; and penalty, ms from now in which nothing is dispatched, unless a longer one holds
-- Returns "set", or "unknown_queue": then nothing was changed
-- include: find_limits, hold_queue, is_explicit, is_passed, keys, load_queue, load_settings, now_us, save_queue,
-- include: wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
load_settings(names, now)
local queue = load_queue(names, ARGV[2], now)
if ARGV[3] == 'known' and is_passed(queue, now) then
  return 'unknown_queue'
end

local change, before = cjson.decode(ARGV[4]), is_explicit(queue)
local own = queue.settings or {}
if change.interval == cjson.null then
  queue.own, queue.kept, queue.interval = false, 0, names.settings and names.settings.queue
    and names.settings.queue.interval or 0
elseif change.interval then
  queue.own, queue.kept, queue.interval = true, 1, change.interval
end
for _, name in ipairs({ 'burst', 'concurrency', 'max_length', 'paused', 'pinned' }) do
  local value = change[name]
  if value == cjson.null or value == false then
    own[name] = nil
  elseif value ~= nil then
    own[name] = value
  end
end
if change.penalty then
  own.penalty = math.max(own.penalty or 0, now + change.penalty * 1000)
end
queue.settings, queue.was_limited = own, true
find_limits(names, queue)
hold_queue(names, queue, before)
save_queue(names, queue, now)
wake(names)
return 'set'
