-- One bounded step of a sweep: requeues jobs whose lease has ended, or makes them dead letters when their requeues
-- are used up, and drops what was kept of ended jobs whose retention is over.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  how many of each at the most; a pass is complete when a step finds fewer
-- ARGV[3]  how long a dead letter is kept, ms
-- Returns { jobs requeued, jobs that became dead letters, ended jobs dropped, "used" | "unused" }; a type is unused
--   when it has no jobs, living or kept, no counters, and no queue whose state must stay
-- include: now_us, ms, digits, keys, member, split_member, run, ready_at, queue_format, load_queue, queue_job,
-- include: list_queue, save_queue, end_job, forget_ended, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local limit, keep_dead = tonumber(ARGV[2]), tonumber(ARGV[3])
local queues = {}

local function over(key)
  return redis.call('ZRANGEBYSCORE', key, '-inf', math.floor(now / 1000), 'LIMIT', 0, limit)
end

-- Returns true when the job became a dead letter. What can fail comes before the first change.
local function expire(name)
  local queue_id, job_id = split_member(name)
  local queue = queues[queue_id] or load_queue(names, queue_id, now)
  queues[queue_id] = queue
  local it = run.read(names, name)
  local dead = it and it.remaining == 0
  if dead then
    end_job(names, queue_id, job_id, it, 'failed', 'the lease expired', keep_dead, now)
  elseif it then
    it.remaining = math.max(it.remaining - 1, -1)
    it.stamp = 0
    run.write(names, name, it)
    queue.requeued = true
    queue_job(names, queue, job_id, it.place, now)
  end
  redis.call('ZREM', names.active, name)
  queue.active = math.max(queue.active - 1, 0)
  return dead
end

-- What is over goes first, so that it is not in the way of a job of the same id that ends now.
local dropped = over(names.kept)
for _, name in ipairs(dropped) do
  forget_ended(names, split_member(name))
end

local requeued, dead = 0, 0
for _, name in ipairs(over(names.active)) do
  if expire(name) then
    dead = dead + 1
  else
    requeued = requeued + 1
  end
end
for _, queue in pairs(queues) do
  save_queue(names, queue, now)
end
wake(names)

redis.call('ZREMRANGEBYSCORE', names.held, '-inf', ms(now))
local used = redis.call('EXISTS', names.ready, names.active, names.kept, names.held, names.counts) > 0
return { requeued, dead, #dropped, used and 'used' or 'unused' }
