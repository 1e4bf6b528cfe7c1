-- Ends the leases of jobs that are done.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  "brief", or "full" to have the jobs returned
-- ARGV[3]  four values a job: queue id, job id, lease token or "" for the current lease, output (JSON text) or ""
-- Returns one outcome a job, in order, and when "full", after each the job (see describe.lua) or false
--   "finished"     it is done: gone, or kept for its retention
--   "not_active"   no such job is active; nothing was changed
--   "stale_lease"  the token is not that of the current lease; nothing was changed
-- include: digits, keys, load_queue, load_settings, member, now_us, run_format, save_queue
-- lazy: describe, end_job, find_job, flatten, free_type, publish, run, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local full = ARGV[2] == 'full'
local queues, outcomes = {}, {}
-- Names of the jobs that are no longer active, those of them that go, and those of which something is to be kept or
-- told. The leases are ended first and together: a Redis that is full refuses a script whose first write takes memory.
local ended, gone, others = {}, {}, {}

load_settings(names, now)
local followed = names.settings and names.settings.channel

local function finish(queue_id, job_id, lease, output)
  local name = member(queue_id, job_id)
  local raw = not ended[name] and redis.call('HGET', names.runs, name)
  if not raw then
    return 'not_active'
  end
  local stamp, _, _, _, retain, _, at = struct.unpack(run_format, raw)
  if stamp == 0 then
    return 'not_active'
  end
  if lease ~= '' and lease ~= digits(stamp) then
    return 'stale_lease'
  end
  if retain > 0 or at <= #raw or full or followed then
    others[#others + 1] = { queue_id = queue_id, job_id = job_id, run = lazy('run').unpack(raw), output = output }
  else
    gone[#gone + 1] = name
  end
  ended[name], ended[#ended + 1] = true, name
  local queue = queues[queue_id] or load_queue(names, queue_id, now)
  queues[queue_id] = queue
  queue.active = math.max(queue.active - 1, 0)
  return 'finished'
end

local function finish_whole(job)
  local it = job.run
  local raw = full and redis.call('HGET', names.jobs, member(job.queue_id, job.job_id))
  it.more = it.more or {}
  if job.output ~= '' then
    it.more.output = job.output
  end
  it.more.error = nil
  lazy('end_job')(names, job.queue_id, job.job_id, it, 'finished', it.retain, now)
  return raw and lazy('flatten')(lazy('describe')(names, job.queue_id, job.job_id, it, raw, now))
end

for at = 3, #ARGV, 4 do
  outcomes[#outcomes + 1] = finish(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
end
if #ended > 0 then
  redis.call('ZREM', names.active, unpack(ended))
end
if #gone > 0 then
  redis.call('HDEL', names.jobs, unpack(gone))
  redis.call('HDEL', names.runs, unpack(gone))
end
local described
for _, job in ipairs(others) do
  described = finish_whole(job)
end
for _, queue in pairs(queues) do
  save_queue(names, queue, now)
end
if #ended > 0 then
  if names.settings then
    lazy('free_type')(names, now)
    lazy('publish')(names)
  end
  if names.soonest then
    lazy('wake')(names)
  end
end
if full then
  local found = lazy('find_job')(names, ARGV[3], ARGV[4], now)
  outcomes[2] = described or found and lazy('flatten')(found) or false
end
return outcomes
