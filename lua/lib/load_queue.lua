-- A queue as the scripts see it: what queue_format.lua says, with `later`, the number of its scheduled jobs, and
-- `listed`, the ready time under which it stands in the ready set: nil when it is not there, and where that would take
-- a look at its scheduled jobs, false, which no ready time is equal to. A queue that has no string is all 0.
local function load_queue(names, id, now)
  local raw = redis.call('GET', names.queue .. id)
  if not raw then
    return {
      id = id, interval = 0, last = 0, since = 0, seq = 0, queued = 0, later = 0, active = 0, kept = 0,
      requeued = false, head = '', place = 0, minute = 0, counted = 0, older = '', listed = nil,
    }
  end
  local flags, interval, last, since, seq, queued, active, head_place, minute, counted, at =
    struct.unpack(queue_format, raw)
  local head_at, later, listed = at + math.floor(flags / 16) * 6, 0, nil
  flags = flags % 16
  if flags % 4 >= 2 then
    later = redis.call('ZCARD', names.later .. id)
    listed = false
  end
  local queue = {
    id = id, interval = interval, last = last, since = since, seq = seq, queued = queued, later = later,
    active = active, kept = flags % 2, requeued = flags >= 4, head = string.sub(raw, head_at), place = head_place,
    minute = minute, counted = counted, older = string.sub(raw, at, head_at - 1), listed = listed,
  }
  if queued > 0 then
    queue.listed = ready_at(names, queue)
  elseif later + active + queue.kept == 0 and last + interval * 1000 <= now then
    -- What a drained queue leaves is cleaned up later than it ceases to count: nothing may depend on which came first.
    queue.interval = 0
  end
  return queue
end
