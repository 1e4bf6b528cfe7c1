-- Reads a job, living or kept after its end.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- Returns the job (see describe.lua), or false when there is none
-- include: find_job, flatten, keys, now_us

local found = find_job(keys(KEYS[1]), ARGV[2], ARGV[3], now_us(ARGV[1]))
return found and flatten(found) or false
