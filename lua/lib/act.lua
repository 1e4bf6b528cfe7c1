-- Runs what a script does with the one job that its arguments name: the time, the queue id and the job id come first.
-- `action` gets the keys, both ids, the time and the job's record; it returns an outcome and, when nothing of the job
-- may be left in Redis, its run. Returns the outcome and the job as it then is, or false when there is none.
-- include: describe, find_job, flatten, keys, load_settings, member, now_us, publish, wake
local function act(action)
  local names = keys(KEYS[1])
  local now, queue_id, job_id = now_us(ARGV[1]), ARGV[2], ARGV[3]
  load_settings(names, now)
  local raw = redis.call('HGET', names.jobs, member(queue_id, job_id))
  if not raw then
    return { 'unknown_job', false }
  end
  local outcome, it = action(names, queue_id, job_id, now, raw)
  wake(names)
  publish(names)
  local found = find_job(names, queue_id, job_id, now)
  if not found and it then
    found = describe(names, queue_id, job_id, it, raw, now)
  end
  return { outcome, found and flatten(found) or false }
end
