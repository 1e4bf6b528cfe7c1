-- The name of a job inside its queue type, as the type-wide indexes and the job's own keys hold it.
local function member(queue_id, job_id)
  return queue_id .. ':' .. job_id
end
