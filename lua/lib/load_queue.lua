-- A queue as the scripts see it: what queue_format.lua says, with `own`, whether the interval is its own and not its
-- type's default; `later`, the number of its scheduled jobs; `limits`, see find_limits.lua; and `listed`, the ready
-- time under which it stands in the ready set: nil when it is not there, and where that would take a look at its
-- scheduled jobs or depends on limits, false, which no ready time is equal to. A queue that has no string is all 0.
-- include: queue_format, ready_at
-- lazy: find_limits, is_passed
local function load_queue(names, id, now)
  local raw = redis.call('GET', names['q:'] .. id)
  local preset = names.settings and names.settings.queue
  local queue
  if not raw then
    queue = {
      id = id, interval = 0, own = false, last = 0, since = 0, seq = 0, queued = 0, later = 0, active = 0, kept = 0,
      requeued = false, head = '', place = 0, minute = 0, counted = 0, older = '',
    }
    if preset then
      queue.interval, queue.listed = preset.interval or 0, false
      lazy('find_limits')(names, queue)
    end
    return queue
  end
  local flags, interval, last, since, seq, queued, active, head_place, minute, counted, at =
    struct.unpack(queue_format, raw)
  local head_at, later, listed, settings = at + math.floor(flags / 16) * 6, 0, nil, nil
  local older = string.sub(raw, at, head_at - 1)
  flags = flags % 16
  if flags >= 8 then
    flags = flags - 8
    local size, from = struct.unpack('>I2', raw, head_at)
    head_at = from + size
    settings = cmsgpack.unpack(string.sub(raw, from, head_at - 1))
  end
  if flags % 4 >= 2 then
    later = redis.call('ZCARD', names['later:'] .. id)
    listed = false
  end
  queue = {
    id = id, interval = interval, own = true, last = last, since = since, seq = seq, queued = queued, later = later,
    active = active, kept = flags % 2, requeued = flags >= 4, head = string.sub(raw, head_at), place = head_place,
    minute = minute, counted = counted, older = older, listed = listed,
  }
  if interval == no_interval then
    queue.own, queue.interval = false, preset and preset.interval or 0
  end
  if settings or preset then
    queue.settings, queue.listed = settings, false
    lazy('find_limits')(names, queue)
  end
  if queued > 0 then
    if queue.listed == nil then
      queue.listed = ready_at(names, queue)
    end
  elseif queue.limits then
    if lazy('is_passed')(queue, now) then
      queue.own, queue.interval, queue.settings = false, preset and preset.interval or 0, nil
      lazy('find_limits')(names, queue)
    end
  elseif later + active + queue.kept == 0 and last + interval * 1000 <= now then
    -- What a drained queue leaves is cleaned up later than it ceases to count: nothing may depend on which came first.
    queue.own, queue.interval = false, 0
  end
  if names.settings and names.settings.relist then
    queue.listed, queue.was_limited = false, true
  end
  return queue
end
