-- One bounded step of clearing a queue: removes queued and scheduled jobs, whole. Active jobs stay and may be finished.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  how many jobs at the most
-- Returns { jobs removed, jobs still waiting }
-- include: now_us, ms, digits, keys, member, place, ready_at, queue_format, load_queue, pop_head, split_later,
-- include: list_queue, save_queue

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queue, limit = load_queue(names, ARGV[2], now), tonumber(ARGV[3])
local removed = {}

while #removed < limit and queue.queued > 0 do
  removed[#removed + 1] = member(queue.id, (pop_head(names, queue)))
end

local function clear_scheduled(room)
  local popped = redis.call('ZPOPMIN', names.later .. queue.id, room)
  for i = 1, #popped, 2 do
    removed[#removed + 1] = member(queue.id, (split_later(popped[i])))
  end
  queue.later = queue.later - #popped / 2
end

if #removed < limit and queue.later > 0 then
  clear_scheduled(limit - #removed)
end
if #removed > 0 then
  redis.call('HDEL', names.jobs, unpack(removed))
  redis.call('HDEL', names.runs, unpack(removed))
  save_queue(names, queue, now)
end
return { #removed, queue.queued + queue.later }
