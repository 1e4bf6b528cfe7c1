-- One bounded step through the queue ids of a type. An id may come more than once.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  "ready", "blocked" or "held", sorted sets of queue ids, or "active" for the queues that have active jobs
-- ARGV[2]  cursor: "0" first, then what the step before returned
-- ARGV[3]  about how many ids
-- Returns the next cursor ("0" after the last step), then queue ids
-- include: keys, split_member

local names = keys(KEYS[1])
local active = ARGV[1] == 'active'
local scanned = redis.call('ZSCAN', names[ARGV[1]], ARGV[2], 'COUNT', ARGV[3])
local found = { scanned[1] }
for i = 1, #scanned[2], 2 do
  local id = scanned[2][i]
  if active then
    id = split_member(id)
  end
  found[#found + 1] = id
end
return found
