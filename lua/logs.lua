-- Reads the log of a job.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- ARGV[4]  number of the line after which to begin; the first line that a log ever had is line 1
-- ARGV[5]  lines at the most
-- Returns false when there is no such job, else { lines that the log has had so far, number of the first line returned,
--   lines: "<time, ms> <level> <message>" }
-- include: find_job, keys, member, now_us, run

local names = keys(KEYS[1])
local name = member(ARGV[2], ARGV[3])
if not find_job(names, ARGV[2], ARGV[3], now_us(ARGV[1])) then
  return false
end

local it = run.read(names, name)
local total = it and it.more and it.more.logged or 0
local dropped = total - redis.call('LLEN', names['log:'] .. name)
local from = math.max(tonumber(ARGV[4]) - dropped, 0)
local lines = redis.call('LRANGE', names['log:'] .. name, from, from + ARGV[5] - 1)
return { total, dropped + from + 1, unpack(lines) }
