-- Accepts jobs into queues of one type.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  six values a job:
--   queue id, job id, payload (JSON text),
--   interval of the queue from now on, ms, "" = leave it as it is,
--   requeue limit (-1 = none),
--   "" or a JSON object with what only some jobs have: delay (ms until it is due), priority (-1000 to 1000, higher
--   first), expire (lease length, ms), retain (ms it is kept after its end), max_length (number of waiting jobs from
--   which on this one is refused)
-- Returns "first" when these are the type's first enqueues of the minute, else "more"; then two values a job, in order:
-- an outcome and the number of jobs that waited in its queue before
--   "queued"     the job is stored
--   "duplicate"  a job with this id lives in the queue; nothing was changed
--   "full"       the queue's limit is reached; nothing was changed
-- include: now_us, ms, digits, keys, member, place, later_member, record, run, ready_at, queue_format, load_queue,
-- include: count, count_type, set_kept, queue_job, list_queue, save_queue, forget_ended, make_way, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local enqueued_ms = math.floor(now / 1000)
local plain_start = record.start(enqueued_ms, record.no_options)
local queues, changed = {}, {}
local outcomes = { '' }
local stored = 0

local function queue_of(id)
  local queue = queues[id]
  if not queue then
    queue = load_queue(names, id, now)
    queues[id] = queue
  end
  return queue
end

local function lives(name)
  local it = run.read(names, name)
  return redis.call('HEXISTS', names.jobs, name) == 1 and not (it and it.outcome)
end

-- A job as it is stored; `due` is nil or ms.
local function pack(payload, limit, options, due)
  if limit == '-1' and options == record.no_options then
    return plain_start .. payload
  end
  local kept = { expire = options.expire, retain = options.retain, due = due }
  if limit ~= '-1' then
    kept.limit = tonumber(limit)
  end
  return record.start(enqueued_ms, kept) .. payload
end

local function store(queue, job_id, payload, limit, options)
  local name = member(queue.id, job_id)
  local due = options.delay and options.delay > 0 and ms(now + stored + options.delay * 1000) or nil
  local packed = pack(payload, limit, options, due)
  if redis.call('HSETNX', names.jobs, name, packed) == 0 then
    if not make_way(names, queue.id, job_id, now) then
      return false
    end
    redis.call('HSET', names.jobs, name, packed)
  end
  queue.seq = queue.seq + 1
  if due then
    redis.call('ZADD', names.later .. queue.id, due, later_member(queue.seq, options.priority or 0, job_id))
    queue.later = queue.later + 1
  else
    -- Jobs of one call follow each other by a microsecond: their queues become ready in the order given.
    queue_job(names, queue, job_id, place(queue.seq, options.priority or 0), now + stored)
  end
  return true
end

local function accept(queue, job_id, payload, interval, limit, options)
  if options.max_length and queue.queued + queue.later >= options.max_length then
    return lives(member(queue.id, job_id)) and 'duplicate' or 'full'
  end
  if not store(queue, job_id, payload, limit, options) then
    return 'duplicate'
  end
  stored = stored + 1
  count(queue, 1, now)
  if interval ~= '' and tonumber(interval) ~= queue.interval then
    -- An interval that comes with a job takes the place of one that was set explicitly.
    queue.interval = tonumber(interval)
    set_kept(names, queue, 0)
  end
  changed[queue.id] = queue
  return 'queued'
end

for at = 2, #ARGV, 6 do
  local queue, options = queue_of(ARGV[at]), ARGV[at + 5]
  local waiting = queue.queued + queue.later
  options = options == '' and record.no_options or cjson.decode(options)
  outcomes[#outcomes + 1] = accept(queue, ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], options)
  outcomes[#outcomes + 1] = waiting
end

for _, queue in pairs(changed) do
  save_queue(names, queue, now)
end
wake(names)
-- Also when nothing was stored: a call that writes something can be waited for until the replicas have it.
outcomes[1] = count_type(names.counts, 'e', stored, now) and 'first' or 'more'
return outcomes
