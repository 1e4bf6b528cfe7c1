-- The run of a job, made when it has none yet: of a job that only waits. `raw` is its record.
-- include: member, place, record, run
local function ensure_run(names, queue_id, job_id, raw, queue)
  local it = run.read(names, member(queue_id, job_id))
  if it then
    it.more = it.more or {}
    return it
  end
  local options = record.unpack(raw)
  local job_place
  if options.due then
    job_place = place(options.seq, options.priority or 0)
  elseif queue.queued > 0 and queue.head == job_id then
    job_place = queue.place
  else
    job_place = tonumber(redis.call('ZSCORE', names['rest:'] .. queue_id, job_id) or 0)
  end
  queue.requeued = true
  return {
    stamp = 0, attempts = 0, remaining = options.limit or -1, place = job_place, retain = options.retain or 0,
    before = 0, more = {},
  }
end
