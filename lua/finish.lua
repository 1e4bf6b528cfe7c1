-- Ends the leases of jobs that are done.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  three values a job: queue id, job id, lease token or "" for the current lease
-- Returns one outcome a job, in order:
--   "finished"     it is done: gone, or kept for its retention
--   "not_active"   no such job is active; nothing was changed
--   "stale_lease"  the token is not that of the current lease; nothing was changed
-- include: now_us, ms, keys, member, record, load_queue, set, ready_at, save_queue, end_job

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queues = {}
local outcomes = {}

local function release(queue_id)
  local queue = queues[queue_id] or load_queue(names, queue_id, now)
  queues[queue_id] = queue
  set(queue, 'active', queue.active - 1)
end

-- Keeps the job if it is to be kept; returns whether it is.
local function retain(queue_id, job_id, key, job)
  local keep = record.read_options(key, job).retain
  if keep and keep > 0 then
    end_job(names, queue_id, job_id, 'finished', '', keep, now)
    return true
  end
  return false
end

local function finish(queue_id, job_id, lease)
  local key = names.job .. member(queue_id, job_id)
  local job = record.read_header(key)
  if not job or job.stamp_us == 0 then
    return 'not_active'
  end
  if lease ~= '' and lease ~= string.format('%.0f', job.stamp_us) then
    return 'stale_lease'
  end
  if not retain(queue_id, job_id, key, job) then
    redis.call('UNLINK', key)
  end
  redis.call('ZREM', names.active, member(queue_id, job_id))
  release(queue_id)
  return 'finished'
end

for at = 2, #ARGV, 3 do
  outcomes[#outcomes + 1] = finish(ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
for _, queue in pairs(queues) do
  save_queue(names, queue, now)
end
return outcomes
