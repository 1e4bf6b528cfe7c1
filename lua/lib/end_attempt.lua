-- Ends an attempt that did not work: the job waits again if it has requeues left, and becomes a dead letter otherwise.
-- A job that is to be cancelled ends as such. `how` holds error (why it failed), delay (ms; nil = what the job says)
-- and final (true = a dead letter in any case). Returns "requeued", "failed" or "cancelled".
-- include: end_job, requeue_job, tell
local function end_attempt(names, queue, job_id, it, how, keep_dead, now)
  local more = it.more
  queue.active = math.max(queue.active - 1, 0)
  if more and more.cancel then
    end_job(names, queue.id, job_id, it, 'cancelled', it.retain, now)
    return 'cancelled'
  end
  if more or how.error ~= '' then
    more = more or {}
    more.error = how.error ~= '' and how.error or nil
  end
  it.more = more
  if how.final or it.remaining == 0 then
    end_job(names, queue.id, job_id, it, 'failed', math.max(keep_dead, it.retain), now)
    return 'failed'
  end
  it.remaining = math.max(it.remaining - 1, -1)
  local delays = more and more.retry_delays
  local delay = how.delay or delays and delays[math.min(it.attempts, #delays)] or 0
  requeue_job(names, queue, job_id, it, delay, now)
  tell(names, queue.id, job_id, delay > 0 and 'scheduled' or 'queued', now)
  return 'requeued'
end
