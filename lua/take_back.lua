-- Takes dispatches back that reached nobody, as if they had not been: the jobs wait at their places again, and the rate
-- tokens are not spent unless the queue has been dispatched since.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  three values a job: queue id, job id, lease token
-- Returns the number of jobs taken back; a lease that is over is not there to be taken back
-- include: digits, free_type, give_back, keys, load_queue, load_settings, member, now_us, publish, run, save_queue,
-- include: save_settings, wake

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local queues = {}
local taken = 0

load_settings(names, now)

-- With a burst, the level alone tells; the time of the dispatch before is lost in it.
local function unspend(queue, it)
  if queue.limits and queue.burst > 1 then
    queue.level = math.max(queue.level - 1, 0)
  elseif queue.last == it.stamp then
    queue.last = it.before
    -- Since when its jobs have been waiting is lost with the dispatch; it was ready at that moment.
    queue.since = math.max(queue.since, math.min(it.stamp, now))
  end
end

-- The dispatch of the type before this one was an interval earlier at the latest.
local function unspend_type(it)
  local settings = names.settings
  if not settings or not settings.interval then
    return
  end
  if settings.burst > 1 then
    settings.level = math.max(settings.level - 1, 0)
  elseif settings.last == it.stamp then
    settings.last = it.stamp - settings.interval * 1000
  end
end

local function take_back(queue_id, job_id, lease)
  local it = run.read(names, member(queue_id, job_id))
  if not it or it.stamp == 0 or lease ~= digits(it.stamp) then
    return
  end
  local queue = queues[queue_id] or load_queue(names, queue_id, now)
  queues[queue_id] = queue
  unspend(queue, it)
  unspend_type(it)
  give_back(names, queue, job_id, it, now)
  taken = taken + 1
end

-- The last dispatch first, so that each one's predecessor is the queue's last again.
for at = #ARGV - 2, 2, -3 do
  take_back(ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
for _, queue in pairs(queues) do
  save_queue(names, queue, now)
end
if names.settings and names.settings.interval then
  save_settings(names)
  names.soonest = math.min(names.soonest or now, now)
end
free_type(names, now)
wake(names)
publish(names)
return taken
