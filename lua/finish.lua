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
-- Names of the jobs that are no longer active, and of those of them that go: they are removed together in the end.
local ended, gone = {}, {}

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
    end_job(names, queue_id, job_id, run.unpack(raw), 'finished', '', retain, now)
  else
    gone[#gone + 1] = name
  end
  ended[name], ended[#ended + 1] = true, name
  local queue = queues[queue_id] or load_queue(names, queue_id, now)
  queues[queue_id] = queue
  queue.active = queue.active - 1
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
for _, queue in pairs(queues) do
  save_queue(names, queue, now)
end
return outcomes
