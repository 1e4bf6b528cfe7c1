-- A scheduled job in the `later` set: "<sequence>:<priority>:<job id>". The sequence of its enqueue stands first and at
-- fixed width, so that jobs that become due in the same millisecond are promoted in the order of their enqueues.
local function later_member(sequence, priority, job_id)
  return string.format('%013.0f:%d:%s', sequence, priority, job_id)
end
