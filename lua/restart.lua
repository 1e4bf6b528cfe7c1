-- Enqueues ended jobs anew, each under a new id in its own queue; the two point at each other. A length limit of the
-- queue does not hold for them, and neither does a deadline.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  "any", or "once" to leave jobs alone that were restarted already
-- ARGV[3]  three values a job: queue id, job id, new job id
-- Returns for each job in order "done" | "unknown_job" | "wrong_state" | "duplicate" when the new id is taken, and the
--   new job, else the old one (see describe.lua) or false
-- include: count, count_type, find_job, flatten, keys, load_queue, load_settings, member, now_us, publish, record,
-- include: run, save_queue, store_job, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queues, outcomes = {}, {}
local stored = 0

load_settings(names, now)

local function store_again(queue, job_id, new_id, raw)
  local old, payload = record.unpack(raw)
  local options = {
    limit = old.limit or -1, expire = old.expire, retain = old.retain, max_runtime = old.max_runtime,
    priority = old.priority, retry_delays = old.retry_delays, tags = old.tags, restarted_from = job_id,
  }
  return store_job(names, queue, new_id, payload, options, now + stored, now)
end

local function restart(queue_id, job_id, new_id)
  local name = member(queue_id, job_id)
  local raw, it = redis.call('HGET', names.jobs, name), run.read(names, name)
  if not raw or not find_job(names, queue_id, job_id, now) then
    return 'unknown_job'
  end
  if not run.outcome(it) or ARGV[2] == 'once' and it.more.restarted_as then
    return 'wrong_state'
  end
  local queue = queues[queue_id] or load_queue(names, queue_id, now)
  if not store_again(queue, job_id, new_id, raw) then
    return 'duplicate'
  end
  queues[queue_id] = queue
  stored = stored + 1
  count(queue, 1, now)
  it.more.restarted_as = new_id
  run.write(names, name, it)
  redis.call('ZREM', names.dead, name)
  return 'done'
end

for at = 3, #ARGV, 3 do
  local outcome = restart(ARGV[at], ARGV[at + 1], ARGV[at + 2])
  local found = find_job(names, ARGV[at], ARGV[at + (outcome == 'done' and 2 or 1)], now)
  outcomes[#outcomes + 1] = outcome
  outcomes[#outcomes + 1] = found and flatten(found) or false
end
for _, queue in pairs(queues) do
  save_queue(names, queue, now)
end
count_type(names.counts, 'e', stored, now)
wake(names)
publish(names)
return outcomes
