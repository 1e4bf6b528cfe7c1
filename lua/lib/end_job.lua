-- Ends a living job and keeps it for `keep_ms`: its record stays where it is, and its run says how it ended.
local function end_job(names, queue_id, job_id, it, outcome, reason, keep_ms, now)
  local name = member(queue_id, job_id)
  it.stamp, it.outcome, it.reason, it.ended_at, it.kept_until = 0, outcome, reason, ms(now), ms(now) + keep_ms
  run.write(names, name, it)
  redis.call('ZADD', names.kept, it.kept_until, name)
  redis.call('ZADD', names.past .. queue_id, it.ended_at, job_id)
end
