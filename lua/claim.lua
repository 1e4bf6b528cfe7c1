-- Dispatches one queued job, whatever its place and the spacing of its queue, which is counted from then on.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- ARGV[4]  lease length for a job that brings none, ms
-- ARGV[5]  who takes it, or ""
-- ARGV[6]  how long a dead letter is kept, ms
-- Returns { "done" | "unknown_job" | "wrong_state" | "not_dispatchable" when the queue or its type is paused, full or
--   under a penalty, the job (see describe.lua) or false }
-- include: act, ensure_run, load_queue, miss_deadline, record, remove_waiting, save_queue, save_settings, spend,
-- include: start_lease, tell, type_ready_at

-- Spacing aside, the rules of ready_at and type_ready_at hold.
local function is_held_back(names, queue, now)
  local limits = queue.limits
  return not type_ready_at(names, 0)
    or limits and (limits.paused or limits.penalty > now
      or limits.concurrency and queue.active >= limits.concurrency)
end

return act(function(names, queue_id, job_id, now, raw)
  local queue, options = load_queue(names, queue_id, now), record.unpack(raw)
  local it = ensure_run(names, queue_id, job_id, raw, queue)
  if it.more.outcome or it.stamp > 0 or (it.more.due or options.due or 0) * 1000 > now then
    return 'wrong_state'
  end
  if is_held_back(names, queue, now) then
    return 'not_dispatchable'
  end
  remove_waiting(names, queue, job_id, options, it, 300, now)
  if options.deadline and miss_deadline(names, queue, job_id, options, it.place, tonumber(ARGV[6]), now) then
    save_queue(names, queue, now)
    return 'wrong_state', it
  end
  local leases = { runs = {}, ends = {}, expire = tonumber(ARGV[4]), worker = ARGV[5] }
  -- No two dispatches of a queue have the same time, which is the token of the lease.
  start_lease(names, leases, queue, job_id, options, it.place, math.max(now, queue.last + 1), now)
  if queue.limits then
    -- Claims run up no debt: after any number of them, the next dispatch waits for one interval.
    queue.level = math.min(queue.level, queue.burst)
  end
  write_leases(names, leases, now)
  if names.settings and names.settings.interval then
    spend(names.settings, queue.last)
    names.settings.level = math.min(names.settings.level, names.settings.burst)
    names.settings.last = queue.last
    save_settings(names)
  end
  save_queue(names, queue, now)
  tell(names, queue_id, job_id, 'active', now)
  return 'done'
end)
