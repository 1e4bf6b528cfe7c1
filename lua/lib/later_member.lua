-- A scheduled job in the `later` set: "<sequence>:<priority>:<job id>". The sequence of its enqueue stands first and at
-- fixed width, so that jobs that become due in the same millisecond are promoted in the order of their enqueues.
-- include: split_place
local function later_member(job_place, job_id)
  local sequence, priority = split_place(job_place)
  return string.format('%013.0f:%d:%s', sequence, priority, job_id)
end
