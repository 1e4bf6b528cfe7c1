-- A worker says that its attempt did not work: the job is requeued after its retry delay, or becomes a dead letter. A
-- job that is to be cancelled ends as such.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- ARGV[4]  lease token, or "" for the current lease
-- ARGV[5]  why it failed, or ""
-- ARGV[6]  time until it is due again, ms, or "" for what the job says
-- ARGV[7]  "final" for a dead letter whatever requeues are left, else ""
-- ARGV[8]  how long a dead letter is kept, ms
-- Returns { "done" | "unknown_job" | "wrong_state" | "stale_lease", the job (see describe.lua) or false }
-- include: act, end_attempt, free_type, lease_of, load_queue, member, save_queue

return act(function(names, queue_id, job_id, now)
  local it, refusal = lease_of(names, member(queue_id, job_id), ARGV[4])
  if not it then
    return refusal
  end
  local queue = load_queue(names, queue_id, now)
  local how = { error = ARGV[5], delay = ARGV[6] ~= '' and tonumber(ARGV[6]) or nil, final = ARGV[7] == 'final' }
  end_attempt(names, queue, job_id, it, how, tonumber(ARGV[8]), now)
  save_queue(names, queue, now)
  free_type(names, now)
  return 'done', it
end)
