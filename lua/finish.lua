-- Ends the leases of jobs that are done.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  three values a job: queue id, job id, lease token or "" for the current lease
-- Returns one outcome a job, in order:
--   "finished"     it is done: gone, or kept for its retention
--   "not_active"   no such job is active; nothing was changed
--   "stale_lease"  the token is not that of the current lease; nothing was changed
-- include: now_us, ms, digits, keys, member, run, ready_at, queue_format, load_queue, list_queue, save_queue, end_job

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queues, outcomes = {}, {}
-- Names of the jobs that are no longer active, those of them that go, and what is to be kept of the others. The leases
-- are ended first and together: a Redis that is full refuses a script whose first write takes memory.
local ended, gone, kept = {}, {}, {}

local function finish(queue_id, job_id, lease)
  local name = member(queue_id, job_id)
  local raw = not ended[name] and redis.call('HGET', names.runs, name)
  if not raw then
    return 'not_active'
  end
  local stamp, _, _, _, retain = struct.unpack(run.format, raw)
  if stamp == 0 then
    return 'not_active'
  end
  if lease ~= '' and lease ~= digits(stamp) then
    return 'stale_lease'
  end
  if retain > 0 then
    kept[#kept + 1] = { queue_id = queue_id, job_id = job_id, run = run.unpack(raw) }
  else
    gone[#gone + 1] = name
  end
  ended[name], ended[#ended + 1] = true, name
  local queue = queues[queue_id] or load_queue(names, queue_id, now)
  queues[queue_id] = queue
  queue.active = math.max(queue.active - 1, 0)
  return 'finished'
end

for at = 2, #ARGV, 3 do
  outcomes[#outcomes + 1] = finish(ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
if #ended > 0 then
  redis.call('ZREM', names.active, unpack(ended))
end
if #gone > 0 then
  redis.call('HDEL', names.jobs, unpack(gone))
  redis.call('HDEL', names.runs, unpack(gone))
end
for _, job in ipairs(kept) do
  end_job(names, job.queue_id, job.job_id, job.run, 'finished', '', job.run.retain, now)
end
for _, queue in pairs(queues) do
  save_queue(names, queue, now)
end
return outcomes
