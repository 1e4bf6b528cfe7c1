-- One bounded step of clearing a queue: removes queued and scheduled jobs, whole. Active jobs stay and may be finished.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  how many jobs at the most
-- Returns { jobs removed, jobs still waiting }
-- include: now_us, ms, keys, member, load_queue, set, ready_at, save_queue

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queue, limit = load_queue(names, ARGV[2], now), tonumber(ARGV[3])

local function drop(job_id)
  redis.call('UNLINK', names.job .. member(queue.id, job_id))
end

local function clear_queued()
  local popped = redis.call('ZPOPMIN', queue.queue_key, limit)
  for i = 1, #popped, 2 do
    drop(popped[i])
  end
  queue.queued = queue.queued - #popped / 2
  return #popped / 2
end

local function clear_scheduled(room)
  local popped = redis.call('ZPOPMIN', queue.later_key, room)
  for i = 1, #popped, 2 do
    drop(string.match(popped[i], '^%d+:(.*)$'))
  end
  if #popped > 0 then
    set(queue, 'later', queue.later - #popped / 2)
  end
  return #popped / 2
end

local removed = clear_queued()
if removed < limit then
  removed = removed + clear_scheduled(limit - removed)
end
if removed > 0 then
  save_queue(names, queue, now)
end
return { removed, queue.queued + queue.later }
