-- Writes a queue, and brings its entry in the ready set up to date. The state of a drained queue goes when its spacing
-- and its counters have passed unless it was set explicitly. Every script that changes a queue ends with this. The
-- expiry only cleans up: no script decides anything by whether it has happened.
-- include: digits, list_queue, ms, queue_format, ready_at
-- lazy: is_explicit, needed_until, pack_settings
local function save_queue(names, queue, now)
  local waiting = queue.queued + queue.later
  local flags = queue.kept + #queue.older / 6 * 16
  if queue.later > 0 then
    flags = flags + 2
  end
  if queue.requeued and waiting > 0 then
    flags = flags + 4
  end
  local settings = ''
  if queue.settings or queue.limits then
    settings = lazy('pack_settings')(queue, now)
    if settings ~= '' then
      flags = flags + 8
    end
  end
  local key = names['q:'] .. queue.id
  local raw = struct.pack(
    queue_format, flags, queue.own and queue.interval or no_interval, queue.last, queue.since, queue.seq, queue.queued,
    queue.active, queue.place, queue.minute, queue.counted
  ) .. queue.older .. settings .. queue.head
  if waiting + queue.active + queue.kept > 0 or queue.settings and lazy('is_explicit')(queue) then
    redis.call('SET', key, raw)
  else
    local needed = queue.limits and lazy('needed_until')(queue) or queue.last + queue.interval * 1000
    if needed > now + 600000000 then
      redis.call('ZADD', names.held, ms(needed), queue.id)
    end
    redis.call('SET', key, raw, 'PXAT', digits(ms(math.max(needed, now + 600000000))))
  end
  list_queue(names, queue, ready_at(names, queue))
end
