-- Removes a job and all that belongs to it, living or ended, but from its queue. Without its run, `it`, it may have
-- ended in any way: a Redis that evicts keys loses runs.
-- include: member, run, untag
local function forget_job(names, queue_id, job_id, it)
  local name = member(queue_id, job_id)
  redis.call('HDEL', names.jobs, name)
  redis.call('HDEL', names.runs, name)
  redis.call('ZREM', names.active, name)
  redis.call('ZREM', names.deadlines, name)
  redis.call('UNLINK', names['log:'] .. name)
  untag(names, name)
  if it and not run.outcome(it) then
    return
  end
  redis.call('ZREM', names.kept, name)
  redis.call('ZREM', names.dead, name)
  for _, outcome in ipairs(it and { run.outcome(it) } or { 'finished', 'failed', 'cancelled' }) do
    redis.call('ZREM', names['ended:'] .. outcome, name)
    redis.call('ZREM', names['past:'] .. outcome .. ':' .. queue_id, job_id)
  end
end
