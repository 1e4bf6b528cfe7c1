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
-- include: now_us, ms, keys, member, place, record, run, ready_at, load_queue, count, count_type, queue_job, pop_head,
-- include: split_later, promote, list_queue, save_queue, turns,
-- include: note_waiting

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local wanted, default_lease, only, ahead = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local queues, touched = {}, {}
-- The jobs taken so far, and their members.
local taken, members = {}, {}
-- Jobs that this call may still touch, by promoting or dispatching them.
local budget = math.max(300, wanted)

local function queue_of(id)
  local queue = queues[id]
  if not queue then
    queue = load_queue(names, id, now)
    queues[id] = queue
  end
  return queue
end

-- Takes the head of a queue that is ready since `since`. Returns nil when that gave no job: jobs that are due are still
-- to be promoted, or the queue is not what the ready set says.
local function take(queue, at, since)
  local settled = true
  if queue.later > 0 then
    local promoted
    promoted, settled = promote(names, queue, budget, at)
    budget = budget - promoted
  end
  if not settled then
    return nil
  end
  local before = queue.last
  local job_id, job_place = pop_head(names, queue)
  if job_id then
    queue.last, queue.since = at, 0
    budget = budget - 1
    members[#members + 1] = member(queue.id, job_id)
    taken[#members] = {
      queue = queue, id = job_id, place = job_place, at = at, before = before, left = queue.queued + queue.later,
      late = math.floor((at - since) / 1000),
    }
  end
  return job_id
end

local again = false
local turns = ready_queues(names, now, wanted, ahead, only, queue_of)
for i = 0, wanted - 1 do
  -- Each dispatch of one call has a microsecond of its own, as dispatches of several calls have.
  local turn = next_turn(turns, now + i + ahead)
  if not turn then
    break
  end
  local queue = queue_of(turn.id)
  queue.listed = turn.at
  again = not take(queue, math.max(now + i, turn.at), turn.at)
  touched[turn.id] = queue
  if again or budget <= 0 then
    break
  end
  add_turn(turns, turn.id, ready_at(names, queue))
end

local reply = { 'done', false, string.format('%.0f', now) }
local started, leases = {}, {}

local function dispatch(job, name, raw, raw_run)
  local queue, at = job.queue, job.at
  local options, payload = record.unpack(raw)
  local attempts, remaining = run.begun(raw_run)
  attempts, remaining = (attempts or 0) + 1, remaining or options.limit or -1
  local lease_ends = ms(at) + (options.expire or default_lease)
  local n, m = #started, #reply
  started[n + 1] = name
  started[n + 2] = run.begin(at, attempts, remaining, job.place, options.retain or 0, job.before)
  leases[n + 1], leases[n + 2] = lease_ends, name
  reply[m + 1], reply[m + 2], reply[m + 3] = queue.id, job.id, payload
  reply[m + 4], reply[m + 5], reply[m + 6] = string.format('%.0f', at), lease_ends, attempts
  reply[m + 7], reply[m + 8], reply[m + 9] = remaining, job.left, job.late
  queue.active = queue.active + 1
  count(queue, 1, now)
end

if #taken > 0 then
  local raws = redis.call('HMGET', names.jobs, unpack(members))
  local runs = redis.call('HMGET', names.runs, unpack(members))
  for i = 1, #taken do
    if raws[i] then
      dispatch(taken[i], members[i], raws[i], runs[i])
    else
      -- Its record is lost: a Redis that may evict keys does that.
      redis.call('HDEL', names.runs, members[i])
      again = true
    end
  end
  if #started > 0 then
    redis.call('HSET', names.runs, unpack(started))
    redis.call('ZADD', names.active, unpack(leases))
    count_type(names.counts, 'd', #started / 2, now)
  end
end
for _, queue in pairs(touched) do
  save_queue(names, queue, now)
end

if again then
  reply[1] = 'again'
elseif #started < wanted * 2 then
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
