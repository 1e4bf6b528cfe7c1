-- Stops a job: one that waits ends now; of one that is active its worker is told, and it is not requeued.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- Returns { "done" | "unknown_job" | "wrong_state", the job (see describe.lua) or false }
-- include: act, end_job, ensure_run, load_queue, member, record, remove_waiting, run, save_queue, tell

return act(function(names, queue_id, job_id, now, raw)
  local queue = load_queue(names, queue_id, now)
  local it = ensure_run(names, queue_id, job_id, raw, queue)
  if it.more.outcome then
    return 'wrong_state'
  end
  if it.stamp > 0 then
    it.more.cancel = true
    run.write(names, member(queue_id, job_id), it)
    tell(names, queue_id, job_id, 'active', now)
    return 'done'
  end
  remove_waiting(names, queue, job_id, (record.unpack(raw)), it, 300, now)
  end_job(names, queue_id, job_id, it, 'cancelled', it.retain, now)
  save_queue(names, queue, now)
  return 'done', it
end)
