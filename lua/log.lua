-- Adds lines to the log of a job, in whatever state it is; beyond the limit the oldest lines go. A line is kept as
-- "<time, ms> <level> <message>".
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- ARGV[4]  lines that are kept at the most
-- ARGV[5]  two values a line: its time, ms, or "" for now; level, a space and message
-- Returns { "done" | "unknown_job", lines that the log has had so far }
-- include: digits, ensure_run, find_job, keys, load_queue, load_settings, member, ms, now_us, publish, run,
-- include: save_queue, tell

local names = keys(KEYS[1])
local now, queue_id, job_id = now_us(ARGV[1]), ARGV[2], ARGV[3]
load_settings(names, now)
if not find_job(names, queue_id, job_id, now) then
  return { 'unknown_job', 0 }
end

local name = member(queue_id, job_id)
local raw = redis.call('HGET', names.jobs, name)
local queue = load_queue(names, queue_id, now)
local it = ensure_run(names, queue_id, job_id, raw, queue)
local lines = {}
for at = 5, #ARGV, 2 do
  lines[#lines + 1] = (ARGV[at] == '' and digits(ms(now)) or ARGV[at]) .. ' ' .. ARGV[at + 1]
end
if #lines > 0 then
  redis.call('RPUSH', names['log:'] .. name, unpack(lines))
end
redis.call('LTRIM', names['log:'] .. name, -ARGV[4], -1)
it.more.logged = (it.more.logged or 0) + #lines
run.write(names, name, it)
if queue.queued + queue.later > 0 then
  -- Its job may have a run from now on.
  save_queue(names, queue, now)
end
-- Few lines are told with the change, because they may be gone with the job when a follower would read them.
local told = #table.concat(lines) <= 8192 and lines or {}
tell(names, queue_id, job_id, 'log', now, { it.more.logged, unpack(told) })
publish(names)
return { 'done', it.more.logged }
