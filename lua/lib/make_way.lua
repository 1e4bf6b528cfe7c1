-- Frees the job id of an ended job for a new one. A dead letter that is still kept moves aside, under an id that tells
-- when it ended, because it must not vanish; an ended job that was only kept to be read is forgotten. Returns false
-- when the job of that id lives: then nothing is changed.
-- include: forget_job, member, move_aside, run
local function make_way(names, queue_id, job_id, now)
  local name = member(queue_id, job_id)
  local it = run.read(names, name)
  if not run.outcome(it) then
    return false
  end
  if it.more.outcome == 'failed' and it.more.kept_until * 1000 > now then
    move_aside(names, queue_id, job_id, it)
  end
  forget_job(names, queue_id, job_id, it)
  return true
end
