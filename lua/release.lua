-- Takes dispatches back that reached nobody, as if they had not been: the jobs wait at their places again, and the rate
-- tokens are not spent unless the queue has been dispatched since.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  three values a job: queue id, job id, lease token
-- Returns the number of jobs released; a lease that is over is not there to be released
-- include: now_us, ms, digits, keys, member, run, ready_at, queue_format, load_queue, queue_job, list_queue,
-- include: save_queue, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queues = {}
local released = 0

local function release(queue_id, job_id, lease)
  local name = member(queue_id, job_id)
  local it = run.read(names, name)
  if not it or lease ~= digits(it.stamp) then
    return
  end
  local queue = queues[queue_id] or load_queue(names, queue_id, now)
  queues[queue_id] = queue
  if queue.last == it.stamp then
    queue.last = it.before
  end
  it.stamp, it.attempts = 0, it.attempts - 1
  if it.attempts == 0 then
    redis.call('HDEL', names.runs, name)
  else
    run.write(names, name, it)
    queue.requeued = true
  end
  redis.call('ZREM', names.active, name)
  queue.active = math.max(queue.active - 1, 0)
  queue_job(names, queue, job_id, it.place, now)
  released = released + 1
end

for at = 2, #ARGV, 3 do
  release(ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
for _, queue in pairs(queues) do
  save_queue(names, queue, now)
end
wake(names)
return released
