-- Hands out the next jobs of a queue type and starts their leases.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  how many jobs at the most, 1 to 500
-- ARGV[3]  lease length for jobs that bring none, ms
-- ARGV[4]  id of the only queue to take from, "" = any
-- ARGV[5]  how far ahead, us: a queue that becomes ready within this time is dispatched with that moment as the time of
--   its dispatch, and the caller keeps the job until then
-- ARGV[6]  "" or, when the caller goes on waiting for what it did not get, the channel on which to wake it
-- Returns "again" when the call went into bringing a queue up to date (very many of its jobs became due, or records
--   were lost): call again for the rest, else "done";
--   when there are fewer jobs than wanted: ms until the earliest of those queues is ready or false when none is coming;
--   the time, us;
--   nine values a job: queue id, job id, payload, lease token (time of the dispatch, us), end of the lease (ms),
--   attempt, requeues remaining (-1 = no limit), jobs waiting in the queue afterwards, ms since it was ready
-- include: now_us, ms, digits, keys, member, place, record, run, ready_at, queue_format, load_queue, count, count_type,
-- include: queue_job, pop_head, split_later, promote, list_queue, save_queue, turns, note_waiting

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local wanted, default_lease, only, ahead = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local queues, touched = {}, {}
-- Jobs that this call may still touch, by promoting or dispatching them.
local budget = math.max(300, wanted)
local reply = { 'done', false, digits(now) }
-- The arguments of the commands that start all leases together.
local runs, leases = {}, {}

local function queue_of(id)
  local queue = queues[id]
  if not queue then
    queue = load_queue(names, id, now)
    queues[id] = queue
  end
  return queue
end

-- Starts the lease of a job whose record is `raw`. `late` is the time since its queue was ready, us.
local function start(queue, job_id, name, raw, job_place, at, late)
  local options, payload = record.unpack(raw)
  local attempts, remaining = 1, options.limit or -1
  local past = queue.requeued and run.read(names, name)
  if past then
    attempts, remaining = past.attempts + 1, past.remaining
  end
  local lease_ends = digits(ms(at) + (options.expire or default_lease))
  local n, m = #runs, #reply
  runs[n + 1] = name
  runs[n + 2] = run.begin(at, attempts, remaining, job_place, options.retain or 0, queue.last)
  leases[n + 1], leases[n + 2] = lease_ends, name
  reply[m + 1], reply[m + 2], reply[m + 3] = queue.id, job_id, payload
  reply[m + 4], reply[m + 5], reply[m + 6] = digits(at), lease_ends, attempts
  reply[m + 7], reply[m + 8], reply[m + 9] = remaining, queue.queued + queue.later, late / 1000
  queue.last, queue.since = at, 0
  queue.active = queue.active + 1
  count(queue, 16777216, now)
end

-- Dispatches the first job of a queue that is ready since `since`. Returns whether it did: there may be more jobs to
-- promote than this call may touch, or the queue may not be what the ready set says. A job whose record is lost, as in
-- a Redis that evicts keys, is dropped.
local function dispatch(queue, at, since)
  if queue.later > 0 then
    local promoted, settled = promote(names, queue, budget, at)
    budget = budget - promoted
    if not settled then
      return false
    end
  end
  while budget > 0 do
    local job_id, job_place = pop_head(names, queue)
    if not job_id then
      return false
    end
    budget = budget - 1
    local name = member(queue.id, job_id)
    local raw = redis.call('HGET', names.jobs, name)
    if raw then
      start(queue, job_id, name, raw, job_place, at, at - since)
      return true
    end
    redis.call('HDEL', names.runs, name)
  end
  return false
end

local again = false
local turns = ready_queues(names, now, wanted, ahead, only, queue_of)
for i = 0, wanted - 1 do
  -- Each dispatch of one call has a microsecond of its own, as dispatches of several calls have.
  local id, ready = next_turn(turns, now + i + ahead)
  if not id then
    break
  end
  local queue = queue_of(id)
  -- Only the first turn of a queue in this call is the one under which it stands in the ready set.
  if not touched[id] then
    queue.listed, touched[id] = ready, queue
  end
  again = not dispatch(queue, math.max(now + i, ready), ready) or budget <= 0
  if again then
    break
  end
  add_turn(turns, id, ready_at(names, queue))
end

if #runs > 0 then
  redis.call('HSET', names.runs, unpack(runs))
  redis.call('ZADD', names.active, unpack(leases))
  count_type(names.counts, 'd', #runs / 2, now)
end
for _, queue in pairs(touched) do
  save_queue(names, queue, now)
end

if again then
  reply[1] = 'again'
elseif #runs < wanted * 2 then
  local soonest
  if only == '' then
    soonest = redis.call('ZRANGE', names.ready, 0, 0, 'WITHSCORES')[2]
  else
    soonest = redis.call('ZSCORE', names.ready, only)
  end
  reply[2] = soonest and math.max(0, ms(soonest - now)) or false
  if ARGV[6] ~= '' then
    -- Who waits for one queue alone does not know when the others are ready, and is told of every change.
    note_waiting(names, only == '' and soonest and tonumber(soonest) or 9007199254740992, ARGV[6])
  end
end
return reply
