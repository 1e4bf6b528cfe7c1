-- Ends a living job that is in no queue any more. It is kept for `keep_ms`, where its record stays what it is and its
-- run says how it ended; with 0, nothing is left of it in Redis. `it` is its run, which tells the end in any case.
-- include: describe, forget_job, is_followed, member, ms, run, tell
local function end_job(names, queue_id, job_id, it, outcome, keep_ms, now)
  local name, more = member(queue_id, job_id), it.more or {}
  local raw = is_followed(names, name, now) and redis.call('HGET', names.jobs, name)
  if it.stamp > 0 then
    more.started_at = ms(it.stamp)
  end
  more.outcome, more.ended_at, more.kept_until = outcome, ms(now), keep_ms > 0 and ms(now) + keep_ms or nil
  it.stamp, it.more = 0, more
  if keep_ms == 0 then
    forget_job(names, queue_id, job_id, { more = {} })
  else
    run.write(names, name, it)
    redis.call('ZREM', names.active, name)
    redis.call('ZREM', names.deadlines, name)
    redis.call('ZADD', names.kept, more.kept_until, name)
    redis.call('ZADD', names['ended:'] .. outcome, more.ended_at, name)
    redis.call('ZADD', names['past:'] .. outcome .. ':' .. queue_id, more.ended_at, job_id)
    if outcome == 'failed' then
      redis.call('ZADD', names.dead, more.ended_at, name)
    end
  end
  tell(names, queue_id, job_id, outcome, now, raw and describe(names, queue_id, job_id, it, raw, now) or nil)
end
