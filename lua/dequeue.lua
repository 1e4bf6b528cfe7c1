-- Hands out the next jobs of a queue type and starts their leases.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  how many jobs at the most, 1 to 500
-- ARGV[3]  lease length for jobs that bring none, ms
-- ARGV[4]  id of the only queue to take from, "" = any
-- Returns { "empty", ms until the earliest of those queues is ready or false when none is coming },
--   { "again" } when the call went into bringing a queue up to date (very many of its jobs became due, or jobs were
--   evicted): call again, or
--   { "dispatched", ... } with nine values a job: queue id, job id, payload, lease token, end of the lease (ms),
--   attempt, requeues remaining (-1 = no limit), jobs waiting in the queue afterwards, ms since it was ready
-- include: now_us, ms, keys, member, record, load_queue, set, count, count_type, ready_at, queue_job, promote,
-- include: save_queue, next_ready

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local wanted, default_lease, only = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local dispatched = {}
-- Jobs that this call may still touch, by promoting or dispatching them.
local budget = math.max(300, wanted)

local function choose(at)
  if only == '' then
    return next_ready(names, at)
  end
  local score = redis.call('ZSCORE', names.ready, only)
  return score and tonumber(score) <= at and only
end

local function start(queue, job_id, raw, at)
  local key = names.job .. member(queue.id, job_id)
  local job = record.unpack(raw)
  job.stamp_us = at
  job.attempts = job.attempts + 1
  record.write_header(key, job)
  local lease_ends = ms(at) + (record.read_options(key, job).expire or default_lease)
  redis.call('ZADD', names.active, lease_ends, member(queue.id, job_id))
  local late = math.floor((at - ready_at(queue)) / 1000)
  set(queue, 'last', at)
  set(queue, 'active', queue.active + 1)
  count(queue, 'd', now)
  for _, value in ipairs({
    queue.id, job_id, record.payload(raw, job), string.format('%.0f', at), lease_ends, job.attempts, job.remaining,
    queue.queued + queue.later - 1, late,
  }) do
    dispatched[#dispatched + 1] = value
  end
end

-- Takes the head of a ready queue. Returns false when that gave no job: jobs that are due are still to be promoted, or
-- the head has no record (evicted by Redis for want of memory) and was dropped.
local function dispatch(queue_id, at)
  local queue = load_queue(names, queue_id, now)
  local settled = true
  if queue.later > 0 then
    local promoted
    promoted, settled = promote(names, queue, budget, at)
    budget = budget - promoted
  end
  local job_id = settled and redis.call('ZPOPMIN', queue.queue_key)[1]
  local raw = job_id and redis.call('GET', names.job .. member(queue_id, job_id))
  if raw then
    start(queue, job_id, raw, at)
  end
  if job_id then
    queue.queued = queue.queued - 1
    budget = budget - 1
  end
  save_queue(names, queue, now)
  return raw
end

local again = false
for i = 0, wanted - 1 do
  -- Each dispatch of one call has a microsecond of its own, as dispatches of several calls have.
  local queue_id = choose(now + i)
  again = queue_id and not dispatch(queue_id, now + i)
  if again or not queue_id or budget <= 0 then
    break
  end
end

if #dispatched > 0 then
  count_type(names.counts, 'd', #dispatched / 9, now)
  table.insert(dispatched, 1, 'dispatched')
  return dispatched
end
if again then
  return { 'again' }
end
local soonest
if only == '' then
  soonest = redis.call('ZRANGE', names.ready, 0, 0, 'WITHSCORES')[2]
else
  soonest = redis.call('ZSCORE', names.ready, only)
end
return { 'empty', soonest and math.max(0, ms(soonest - now)) }
