-- The sequence and the priority that make a place.
local function split_place(job_place)
  local sequence = job_place % 4398046511104
  return sequence, (sequence - job_place) / 4398046511104
end
