-- Accepts jobs into queues of one type.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  ten values a job:
--   queue id, job id, payload (JSON text),
--   interval of the queue from now on, ms, "" = leave it as it is,
--   requeue limit (-1 = none), delay, ms (0 = due now), priority (-1000 to 1000, higher first),
--   lease length, ms, "" = the default at dispatch, retention after the end, ms, "" = none,
--   number of waiting jobs from which on this one is refused, "" = no limit
-- Returns "first" when these are the type's first enqueues of the minute, else "more"; then two values a job, in order:
-- an outcome and the number of jobs that waited in its queue before
--   "queued"     the job is stored
--   "duplicate"  a job with this id lives in the queue; nothing was changed
--   "full"       the queue's limit is reached; nothing was changed
-- include: now_us, ms, keys, member, place, later_member, record, load_queue, set, count, count_type, ready_at,
-- include: queue_job, save_queue

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queues = {}
local outcomes = {}
local stored = 0

local function queue_of(id)
  if not queues[id] then
    queues[id] = load_queue(names, id, now)
  end
  return queues[id]
end

local function options(expire, retain)
  if expire == '' and retain == '' then
    return ''
  end
  return cmsgpack.pack({ expire = tonumber(expire), retain = tonumber(retain) })
end

local function store(queue, job_id, packed, at)
  local queue_id, payload, limit, delay, priority = ARGV[at], ARGV[at + 2], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6]
  local job_place = place(queue.seq + 1, priority)
  local header = record.pack({
    place = job_place,
    enqueued_ms = math.floor(now / 1000),
    stamp_us = 0,
    attempts = 0,
    remaining = tonumber(limit),
    options_size = #packed,
  })
  if not redis.call('SET', names.job .. member(queue_id, job_id), header .. packed .. payload, 'NX') then
    return false
  end
  set(queue, 'seq', queue.seq + 1)
  if tonumber(delay) > 0 then
    redis.call('ZADD', queue.later_key, ms(now + delay * 1000), later_member(job_place, job_id))
    set(queue, 'later', queue.later + 1)
  else
    -- Jobs of one call follow each other by a microsecond: their queues become ready in the order given.
    queue_job(queue, job_id, job_place, now + stored)
  end
  return true
end

for at = 2, #ARGV, 10 do
  local queue, job_id, interval, max_length = queue_of(ARGV[at]), ARGV[at + 1], ARGV[at + 3], ARGV[at + 9]
  local waiting = queue.queued + queue.later
  local outcome = 'queued'
  if max_length ~= '' and waiting >= tonumber(max_length) then
    local lives = redis.call('EXISTS', names.job .. member(queue.id, job_id)) == 1
    outcome = lives and 'duplicate' or 'full'
  elseif store(queue, job_id, options(ARGV[at + 7], ARGV[at + 8]), at) then
    stored = stored + 1
    count(queue, 'e', now)
    if interval ~= '' and tonumber(interval) ~= queue.interval then
      set(queue, 'interval', tonumber(interval))
      -- An interval that comes with a job takes the place of one that was set explicitly.
      queue.kept = false
      redis.call('HDEL', queue.state_key, 'kept')
    end
  else
    outcome = 'duplicate'
  end
  outcomes[#outcomes + 1] = outcome
  outcomes[#outcomes + 1] = waiting
end

for _, queue in pairs(queues) do
  if next(queue.changed) then
    save_queue(names, queue, now)
  end
end
local first = count_type(names.counts, 'e', stored, now)
table.insert(outcomes, 1, first and 'first' or 'more')
return outcomes
