-- A scheduled job in the `later` set. The sequence of its enqueue stands first and at fixed width, so that jobs that
-- become due in the same millisecond are promoted in the order of their enqueues. It is what is left of a place when
-- the priority is taken out.
local function later_member(job_place, job_id)
  return string.format('%013.0f:%s', job_place % 4398046511104, job_id)
end
