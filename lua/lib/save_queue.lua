-- Writes a queue, and brings its entry in the ready set up to date. The state of a drained queue goes when its spacing
-- and its counters have passed unless it was set explicitly. Every script that changes a queue ends with this. The
-- expiry only cleans up: no script decides anything by whether it has happened.
local function save_queue(names, queue, now)
  local packed = {
    queue.interval, queue.last, queue.since, queue.seq, queue.queued, queue.later, queue.active, queue.kept, queue.head,
    queue.place,
  }
  for i = 11, #queue.stored do
    packed[i] = queue.stored[i]
  end
  local key, raw = names.queue .. queue.id, cmsgpack.pack(packed)
  if queue.queued + queue.later + queue.active + queue.kept > 0 then
    redis.call('SET', key, raw)
  else
    local spaced = queue.last + queue.interval * 1000
    if spaced > now + 600000000 then
      redis.call('ZADD', names.held, ms(spaced), queue.id)
    end
    redis.call('SET', key, raw, 'PXAT', string.format('%.0f', ms(math.max(spaced, now + 600000000))))
  end
  list_queue(names, queue, ready_at(names, queue))
end
