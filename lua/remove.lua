-- Removes a job in whatever state it is, and all that belongs to it.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- Returns { "done" | "unknown_job", the job as it was (see describe.lua) or false }
-- include: ensure_run, find_job, flatten, forget_job, free_type, keys, load_queue, load_settings, member, now_us,
-- include: publish, record, remove_waiting, save_queue, tell, wake

local names = keys(KEYS[1])
local now, queue_id, job_id = now_us(ARGV[1]), ARGV[2], ARGV[3]
load_settings(names, now)
local found = find_job(names, queue_id, job_id, now)
if not found then
  return { 'unknown_job', false }
end

local raw = redis.call('HGET', names.jobs, member(queue_id, job_id))
local queue = load_queue(names, queue_id, now)
local it = ensure_run(names, queue_id, job_id, raw, queue)
if it.stamp > 0 then
  queue.active = math.max(queue.active - 1, 0)
elseif not it.more.outcome then
  remove_waiting(names, queue, job_id, (record.unpack(raw)), it, 300, now)
end
tell(names, queue_id, job_id, 'removed', now)
forget_job(names, queue_id, job_id, it)
if not it.more.outcome then
  save_queue(names, queue, now)
  free_type(names, now)
end
wake(names)
publish(names)
return { 'done', flatten(found) }
