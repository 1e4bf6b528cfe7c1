-- A worker says that it is still at a job: its lease is prolonged, and what it reports is noted.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- ARGV[4]  lease token, or "" for the current lease
-- ARGV[5]  time until the lease ends, ms, or "" for the length that the job's leases have
-- ARGV[6]  that length where the job says none, ms
-- ARGV[7]  progress, 0 to 1, or ""
-- ARGV[8]  output (JSON text), or ""
-- Returns { "done" | "unknown_job" | "wrong_state" | "stale_lease", the job (see describe.lua) or false }
-- include: act, digits, lease_of, member, ms, record, run, tell

return act(function(names, queue_id, job_id, now, raw)
  local name = member(queue_id, job_id)
  local it, refusal = lease_of(names, name, ARGV[4])
  if not it then
    return refusal
  end
  local more, options = it.more or {}, record.unpack(raw)
  local lease_ends = ms(now) + (tonumber(ARGV[5]) or options.expire or tonumber(ARGV[6]))
  redis.call('ZADD', names.active, digits(math.min(lease_ends, more.latest_end or lease_ends)), name)
  more.heartbeat_at = ms(now)
  more.progress = tonumber(ARGV[7]) or more.progress
  if ARGV[8] ~= '' then
    more.output = ARGV[8]
  end
  it.more = more
  run.write(names, name, it)
  if ARGV[7] ~= '' then
    tell(names, queue_id, job_id, 'progress', now, ARGV[7])
  end
  return 'done'
end)
