-- One bounded step of a sweep: requeues jobs whose lease has ended, or makes them dead letters when their requeues
-- are used up, as those that were not started by their deadline; and drops what was kept of ended jobs whose retention
-- is over.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  how many of each at the most
-- ARGV[3]  how long a dead letter is kept, ms
-- Returns { jobs requeued, jobs that became dead letters, jobs cancelled, ended jobs dropped,
--   "complete" | "more" when there may be more of any, "used" | "unused", "relist" when its queues are still to be
--   listed by defaults that have changed, else "listed" }; a type is unused when it has no jobs,
--   living or kept, no counters, no settings, and no queue whose state must stay
-- include: end_attempt, forget_job, free_type, keys, load_queue, load_settings, miss_deadline, ms, now_us, publish,
-- include: record, remove_waiting, run, save_queue, split_member, tell, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local limit, keep_dead = tonumber(ARGV[2]), tonumber(ARGV[3])
local queues = {}
local counts = { requeued = 0, failed = 0, cancelled = 0 }

load_settings(names, now)

local function over(key)
  return redis.call('ZRANGEBYSCORE', key, '-inf', math.floor(now / 1000), 'LIMIT', 0, limit)
end

local function queue_of(id)
  local queue = queues[id] or load_queue(names, id, now)
  queues[id] = queue
  return queue
end

local function expire(name)
  local queue_id, job_id = split_member(name)
  local queue = queue_of(queue_id)
  local it = run.read(names, name)
  if not it then
    -- Its run is lost: a Redis that may evict keys does that.
    redis.call('ZREM', names.active, name)
    queue.active = math.max(queue.active - 1, 0)
    return
  end
  local spent = it.more and it.more.latest_end and it.more.latest_end * 1000 <= now
  local how = { error = spent and 'the longest time of an attempt was used up' or 'the lease expired' }
  local outcome = end_attempt(names, queue, job_id, it, how, keep_dead, now)
  counts[outcome] = counts[outcome] + 1
end

-- Jobs that this call may still promote.
local budget = 300

local function bury(name)
  local queue_id, job_id = split_member(name)
  local queue = queue_of(queue_id)
  local raw, it = redis.call('HGET', names.jobs, name), run.read(names, name)
  redis.call('ZREM', names.deadlines, name)
  if not raw then
    return
  end
  local options = record.unpack(raw)
  if not options.deadline then
    return
  end
  budget = budget - remove_waiting(names, queue, job_id, options, it, budget, now)
  if miss_deadline(names, queue, job_id, options, it and it.place or 0, keep_dead, now) then
    counts.failed = counts.failed + 1
  end
end

-- What is over goes first, so that it is not in the way of a job of the same id that ends now.
local dropped = over(names.kept)
for _, name in ipairs(dropped) do
  local queue_id, job_id = split_member(name)
  local it = run.read(names, name)
  tell(names, queue_id, job_id, 'removed', now)
  forget_job(names, queue_id, job_id, it)
end

local expired, missed = over(names.active), over(names.deadlines)
for _, name in ipairs(expired) do
  expire(name)
end
for _, name in ipairs(missed) do
  bury(name)
end
for _, queue in pairs(queues) do
  save_queue(names, queue, now)
end
if #expired > 0 then
  free_type(names, now)
end
wake(names)
publish(names)

redis.call('ZREMRANGEBYSCORE', names.held, '-inf', ms(now))
local used = redis.call('EXISTS', names.ready, names.blocked, names.active, names.kept, names.held, names.counts) > 0
  or redis.call('EXISTS', names.type) > 0
local most = math.max(#dropped, #expired, #missed)
return {
  counts.requeued, counts.failed, counts.cancelled, #dropped, most < limit and 'complete' or 'more',
  used and 'used' or 'unused', names.settings and names.settings.relist and 'relist' or 'listed',
}
