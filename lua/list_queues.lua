-- A part of the list of queues that wait, in the order of their ready times.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  "ready", or "blocked" for those that are paused or full
-- ARGV[2]  score and
-- ARGV[3]  queue id at which the list was left, both "" to begin
-- ARGV[4]  how many
-- Returns queue ids and scores in turn
-- include: keys, seek

return elements_after(keys(KEYS[1])[ARGV[1]], ARGV[2], ARGV[3], tonumber(ARGV[4]), false)
