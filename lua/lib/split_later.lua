-- The job id and the place of a member of the `later` set.
-- include: place
local function split_later(name)
  local sequence, priority, job_id = string.match(name, '^(%d+):(-?%d+):(.*)$')
  return job_id, place(tonumber(sequence), tonumber(priority))
end
