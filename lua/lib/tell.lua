-- Changes are told to those who follow a job or its whole type, see follow.lua; when nobody does, this costs nothing.
-- include: find_job, flatten, is_followed, member, ms

-- Notes a change of a job. `what` is the state that it has now, "removed", "progress" or "log". Of a followed job the
-- value goes with it: for a state the job as it then is, without its payload, read when `value` is nil; for progress
-- that; for a log the number of lines that it has had so far, and the new lines or none.
local function tell(names, queue_id, job_id, what, now, value)
  local settings = names.settings
  if not settings or not settings.channel then
    return
  end
  local followed = is_followed(names, member(queue_id, job_id), now)
  local is_state = what ~= 'progress' and what ~= 'log'
  if not followed and ((settings.all_until or 0) <= now or not is_state) then
    return
  end
  local change = { queue_id, job_id, what, ms(now) }
  if followed then
    if is_state and not value then
      value = find_job(names, queue_id, job_id, now)
    end
    if is_state and value then
      -- It may be large, it never changes, and no follower is shown it.
      value.payload = nil
      value = flatten(value)
    end
    change[5] = value
    if what == 'removed' or is_state and what ~= 'queued' and what ~= 'scheduled' and what ~= 'active' then
      -- Nothing comes behind the end.
      redis.call('ZREM', names.followed, member(queue_id, job_id))
    end
  end
  names.changes = names.changes or {}
  names.changes[#names.changes + 1] = change
end
