-- Makes a job that is in its queue no more, and was never dispatched, a dead letter when its deadline has passed.
-- Returns whether it did. `options` are those of its record.
-- include: end_job, member, run
local function miss_deadline(names, queue, job_id, options, job_place, keep_dead, now)
  if options.deadline * 1000 > now then
    return false
  end
  local it = run.read(names, member(queue.id, job_id))
  if it and it.attempts > 0 then
    return false
  end
  it = it or { stamp = 0, attempts = 0, remaining = options.limit or -1, retain = options.retain or 0, before = 0 }
  it.place, it.more = job_place, it.more or {}
  it.more.error = 'it was not started by its deadline'
  end_job(names, queue.id, job_id, it, 'failed', math.max(keep_dead, it.retain), now)
  return true
end
