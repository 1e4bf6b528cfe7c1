-- A job that is there, living or kept, as describe.lua has it; nil when there is none.
-- include: describe, member, run
local function find_job(names, queue_id, job_id, now)
  local name = member(queue_id, job_id)
  local raw = redis.call('HGET', names.jobs, name)
  local it = run.read(names, name)
  if not raw or run.outcome(it) and it.more.kept_until * 1000 <= now then
    return nil
  end
  return describe(names, queue_id, job_id, it, raw, now)
end
