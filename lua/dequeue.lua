-- Hands out the next jobs of a queue type and starts their leases.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  how many jobs at the most, 1 to 500
-- ARGV[3]  lease length for jobs that bring none, ms
-- ARGV[4]  id of the only queue to take from, "" = any
-- ARGV[5]  how far ahead, us: a queue that becomes ready within this time is dispatched with that moment as the time of
--   its dispatch, and the caller keeps the job until then
-- ARGV[6]  "" or, when the caller goes on waiting for what it did not get, the channel on which to wake it
-- ARGV[7]  who takes the jobs, or ""
-- ARGV[8]  how long a dead letter is kept, ms
-- Returns "again" when the call went into bringing a queue up to date (very many of its jobs became due, or records
--   were lost), or payloads are so large that it gave fewer than it could: call again for the rest, else "done";
--   when there are fewer jobs than wanted: ms until the earliest of those queues is ready or false when none is coming;
--   the time, us;
--   false or the deadlines (ms) of those jobs that have one, a list of number of the job, from 1 on, and deadline in
--   turn; nine values a job: queue id, job id, payload, lease token (time of the dispatch, us), end of the lease (ms),
--   attempt, requeues remaining (-1 = no limit), jobs waiting in the queue afterwards, ms since it was ready
-- include: digits, keys, load_queue, load_settings, member, ms, now_us, pop_head, ready_at, record, save_queue,
-- include: start_lease, turns
-- lazy: miss_deadline, note_waiting, promote, publish, save_settings, spend, tell, type_ready_at

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local wanted, only, ahead, keep_dead = tonumber(ARGV[2]), ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[8])
local queues, touched = {}, {}
-- Jobs that this call may still touch, by promoting or dispatching them, and bytes of payloads that it may return.
local budget, bytes = math.max(300, wanted), 1000000
local reply = { 'done', false, digits(now), false }
local leases = { runs = {}, ends = {}, expire = tonumber(ARGV[3]), worker = ARGV[7] }

load_settings(names, now)

local function queue_of(id)
  local queue = queues[id]
  if not queue then
    queue = load_queue(names, id, now)
    queues[id] = queue
  end
  return queue
end

-- `late` is the time since the job's queue was ready, us.
local function start(queue, job_id, options, payload, job_place, at, late)
  local ends, attempts, remaining = start_lease(names, leases, queue, job_id, options, job_place, at, now)
  local m = #reply
  bytes = bytes - #payload
  reply[m + 1], reply[m + 2], reply[m + 3] = queue.id, job_id, payload
  reply[m + 4], reply[m + 5], reply[m + 6] = digits(at), ends, attempts
  reply[m + 7], reply[m + 8], reply[m + 9] = remaining, queue.queued + queue.later, late / 1000
  if options.deadline then
    local deadlines = reply[4] or {}
    deadlines[#deadlines + 1], deadlines[#deadlines + 2] = (m + 5) / 9, digits(options.deadline)
    reply[4] = deadlines
  end
end

-- Dispatches the first job of a queue that is ready since `since`. Returns whether it did, and whether the queue is as
-- it should be: there may be more jobs to promote than this call may touch. A job whose record is lost, as in a Redis
-- that evicts keys, is dropped, and one that has missed its deadline is buried.
local function dispatch(queue, at, since)
  if queue.later > 0 then
    local promoted, settled = lazy('promote')(names, queue, budget, at)
    budget = budget - promoted
    if not settled then
      return false, false
    end
  end
  while budget > 0 do
    local job_id, job_place = pop_head(names, queue)
    if not job_id then
      return false, true
    end
    budget = budget - 1
    local name = member(queue.id, job_id)
    local raw = redis.call('HGET', names.jobs, name)
    if raw then
      local options, payload = record.unpack(raw)
      if not (options.deadline and lazy('miss_deadline')(names, queue, job_id, options, job_place, keep_dead, at)) then
        start(queue, job_id, options, payload, job_place, at, at - since)
        return true, true
      end
    else
      redis.call('HDEL', names.runs, name)
      redis.call('ZREM', names.deadlines, name)
    end
  end
  return false, true
end

local again, started, limited = false, 0, names.settings and names.settings.limited
-- Whether a queue had a turn and nothing to dispatch: others may stand behind those that were read.
local wasted = false
local turns = ready_queues(names, now, wanted, ahead, only, queue_of)
local gate = 0
while started < wanted do
  -- Each dispatch of one call has a microsecond of its own, as dispatches of several calls have.
  local horizon = now + started + ahead
  if limited then
    gate = lazy('type_ready_at')(names, started)
  end
  local id, ready
  if gate and gate <= horizon then
    id, ready = next_turn(turns, horizon)
  end
  if not id then
    break
  end
  local queue = queue_of(id)
  -- Only the first turn of a queue in this call is the one under which it stands in the ready set.
  if not touched[id] then
    queue.listed, touched[id] = ready, queue
  end
  local due = ready
  if queue.limits then
    -- The defaults of the type may have changed since the queue was listed.
    due, budget = ready_at(names, queue), budget - 1
  end
  if due and due <= horizon then
    local done, settled = dispatch(queue, math.max(now + started, due, gate), due)
    again = not settled or budget <= 0 or bytes <= 0
    wasted = wasted or not done
    if done then
      started = started + 1
      if limited and names.settings.interval then
        lazy('spend')(names.settings, queue.last)
        names.settings.last = queue.last
      end
    end
  else
    again, wasted = budget <= 0, true
  end
  if again then
    break
  end
  add_turn(turns, id, ready_at(names, queue))
end

write_leases(names, leases, now)
for _, queue in pairs(touched) do
  save_queue(names, queue, now)
end
if names.settings then
  if names.settings.interval and started > 0 then
    lazy('save_settings')(names)
  end
  for i = 5, #reply, 9 do
    lazy('tell')(names, reply[i], reply[i + 1], 'active', now)
  end
  lazy('publish')(names)
end

-- When there is something to dispatch next, us, or nil.
local function soonest()
  local at
  if only == '' then
    at = redis.call('ZRANGE', names.ready, 0, 0, 'WITHSCORES')[2]
  else
    at = redis.call('ZSCORE', names.ready, only)
  end
  if limited and at then
    gate = lazy('type_ready_at')(names, 0)
    return gate and math.max(tonumber(at), gate)
  end
  return at and tonumber(at)
end

if again or wasted and started < wanted and #turns.found > wanted * 2 then
  reply[1] = 'again'
elseif started < wanted then
  local at = soonest()
  reply[2] = at and math.max(0, ms(at - now)) or false
  if ARGV[6] ~= '' then
    -- Who waits for one queue alone does not know when the others are ready, and is told of every change.
    lazy('note_waiting')(names, only == '' and at or 9007199254740992, ARGV[6])
  end
end
return reply
