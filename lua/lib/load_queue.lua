-- A queue as the scripts see it, read from a MessagePack array of these values, all 0 for a queue that has none:
--   interval  ms between two dispatches
--   last      time of the last dispatch, us; 0 = never
--   since     time from which there has been a queued job without a break, us; 0 = since before the last dispatch
--   seq       enqueues so far, gives each job its place
--   queued    jobs that are queued now
--   later     jobs that are scheduled now
--   active    jobs that are active now
--   kept      1 when the interval was set explicitly and stays when the queue drains
--   head      id of the first queued job, '' when none is queued; the others are in the `rest` set
--   place     the head's place
-- and then the counters, see count.lua. The first job stands here because most queues are short: one of a single job
-- needs no sorted set, which is a third of what it would take.
local function load_queue(names, id, now)
  local raw = redis.call('GET', names.queue .. id)
  local it = raw and cmsgpack.unpack(raw) or { 0, 0, 0, 0, 0, 0, 0, 0, '', 0 }
  local queue = {
    id = id,
    interval = it[1],
    last = it[2],
    since = it[3],
    seq = it[4],
    queued = it[5],
    later = it[6],
    active = it[7],
    kept = it[8],
    head = it[9],
    place = it[10],
    stored = it,
  }
  -- What a drained queue leaves is cleaned up later than it ceases to count: nothing may depend on which came first.
  if queue.queued + queue.later + queue.active == 0 and queue.kept == 0 and queue.interval > 0 then
    if queue.last + queue.interval * 1000 <= now then
      queue.interval = 0
    end
  end
  -- The ready time under which the queue stands in the ready set, nil when it is not there; where that would take a
  -- look at its scheduled jobs, false, which no ready time is equal to.
  if queue.queued > 0 then
    queue.listed = ready_at(names, queue)
  elseif queue.later > 0 then
    queue.listed = false
  end
  return queue
end
