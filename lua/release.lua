-- A worker gives a job back: it waits at its place again, without an attempt counted. The rate token stays spent,
-- because the worker may have used it. A job that is to be cancelled ends as such.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- ARGV[4]  lease token, or "" for the current lease
-- Returns { "done" | "unknown_job" | "wrong_state" | "stale_lease", the job (see describe.lua) or false }
-- include: act, free_type, give_back, lease_of, load_queue, member, save_queue

return act(function(names, queue_id, job_id, now)
  local it, refusal = lease_of(names, member(queue_id, job_id), ARGV[4])
  if not it then
    return refusal
  end
  local queue = load_queue(names, queue_id, now)
  give_back(names, queue, job_id, it, now)
  save_queue(names, queue, now)
  free_type(names, now)
  return 'done', it
end)
