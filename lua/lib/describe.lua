-- A job as a map of what there is to say of it; times are ms. `raw` is its record and `it` its run, or nil.
-- include: digits, member, ms, record
local function describe(names, queue_id, job_id, it, raw, now)
  local options, payload, enqueued_at = record.unpack(raw)
  local more = it and it.more or {}
  local found = {
    queue_id = queue_id, job_id = job_id, payload = payload, enqueued_at = enqueued_at,
    attempts = it and it.attempts or 0, requeues_remaining = it and it.remaining or options.limit or -1,
    priority = options.priority, tags = options.tags, due_at = more.due or options.due, deadline = options.deadline,
    restarted_from = options.restarted_from, restarted_as = more.restarted_as, worker = more.worker,
    progress = more.progress, output = more.output, heartbeat_at = more.heartbeat_at, error = more.error,
    started_at = more.started_at, ended_at = more.ended_at, expires_at = more.kept_until, cancel = more.cancel,
  }
  if more.outcome then
    found.state = more.outcome
  elseif it and it.stamp > 0 then
    found.state, found.lease, found.started_at = 'active', digits(it.stamp), ms(it.stamp)
    found.lease_expires_at = tonumber(redis.call('ZSCORE', names.active, member(queue_id, job_id)))
  else
    found.state = (found.due_at or 0) * 1000 > now and 'scheduled' or 'queued'
  end
  return found
end
