-- The name of a job inside its queue type, as the type-wide keys hold it.
local function member(queue_id, job_id)
  return queue_id .. ':' .. job_id
end
