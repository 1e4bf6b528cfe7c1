-- One bounded step of clearing a queue: removes queued and scheduled jobs, whole. Active jobs stay and may be finished.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  how many jobs at the most
-- Returns { jobs removed, jobs still waiting }
-- include: keys, load_queue, load_settings, member, now_us, pop_head, publish, save_queue, split_later, tell, untag

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
load_settings(names, now)
local queue, limit = load_queue(names, ARGV[2], now), tonumber(ARGV[3])
local removed, logs = {}, {}

local function note(job_id)
  local name = member(queue.id, job_id)
  removed[#removed + 1], logs[#logs + 1] = name, names['log:'] .. name
  tell(names, queue.id, job_id, 'removed', now)
end

while #removed < limit and queue.queued > 0 do
  note((pop_head(names, queue)))
end

local function clear_scheduled(room)
  local popped = redis.call('ZPOPMIN', names['later:'] .. queue.id, room)
  for i = 1, #popped, 2 do
    note((split_later(popped[i])))
  end
  queue.later = queue.later - #popped / 2
end

if #removed < limit and queue.later > 0 then
  clear_scheduled(limit - #removed)
end
if #removed > 0 then
  redis.call('HDEL', names.jobs, unpack(removed))
  redis.call('HDEL', names.runs, unpack(removed))
  redis.call('ZREM', names.due, unpack(removed))
  redis.call('ZREM', names.deadlines, unpack(removed))
  redis.call('UNLINK', unpack(logs))
  if redis.call('EXISTS', names.tags) == 1 then
    for _, name in ipairs(removed) do
      untag(names, name)
    end
  end
  save_queue(names, queue, now)
  publish(names)
end
return { #removed, queue.queued + queue.later }
