-- The settings of a queue as they are stored, '' when there are none. What has passed is left out.
-- include: rested_at
local function pack_settings(queue, now)
  local own = queue.settings or {}
  own.level = queue.burst > 1 and rested_at(queue) > now and queue.level or nil
  -- While jobs wait, the queue is ready since the end of its penalty.
  local counts = queue.queued + queue.later > 0 and queue.last < (own.penalty or 0)
  if own.penalty and own.penalty <= now and not counts then
    own.penalty = nil
  end
  queue.settings = own
  if next(own) == nil then
    return ''
  end
  local packed = cmsgpack.pack(own)
  return struct.pack('>I2', #packed) .. packed
end
