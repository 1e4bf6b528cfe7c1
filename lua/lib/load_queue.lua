-- A queue as the scripts see it. Fields of the state hash, with the values for a queue that has none:
--   interval  ms between two dispatches (0)
--   last      time of the last dispatch, us (never)
--   since     time from which there has been a queued job without a break, us (0)
--   seq       enqueues so far, gives each job its place (0)
--   active    jobs that are active now (0)
--   later     jobs that are scheduled now (0)
--   kept      "1" when the interval was set explicitly and stays when the queue drains
--   e0..e9 d0..d9  counters by minute, see count.lua; only those of the current minute are loaded
-- `queued` is the number of queued jobs. `changed` collects what save_queue must write.
local function load_queue(names, id, now)
  local slot = math.floor(now / 60000000) % 10
  local state_key = names.state .. id
  local found = redis.call(
    'HMGET', state_key, 'interval', 'last', 'since', 'seq', 'active', 'later', 'kept', 'e' .. slot, 'd' .. slot
  )
  local queue = {
    id = id,
    state_key = state_key,
    queue_key = names.queue .. id,
    later_key = names.later .. id,
    interval = tonumber(found[1]) or 0,
    last = tonumber(found[2]),
    since = tonumber(found[3]) or 0,
    seq = tonumber(found[4]) or 0,
    active = tonumber(found[5]) or 0,
    later = tonumber(found[6]) or 0,
    kept = found[7],
    ['e' .. slot] = tonumber(found[8]),
    ['d' .. slot] = tonumber(found[9]),
    changed = {},
  }
  queue.queued = redis.call('ZCARD', queue.queue_key)
  queue.was_drained = queue.queued == 0 and queue.later == 0 and queue.active == 0
  -- What a drained queue leaves is cleaned up later than it ceases to count: nothing may depend on which came first.
  if queue.was_drained and not queue.kept and queue.interval > 0 then
    if (queue.last or 0) + queue.interval * 1000 <= now then
      queue.interval = 0
      queue.changed.interval = 0
    end
  end
  return queue
end
