-- The settings of a queue as they are stored, '' when there are none. What has passed is left out.
-- include: is_passed
local function pack_settings(queue, now)
  local own = queue.settings or {}
  own.level = queue.level ~= 1 and not is_passed(queue, now) and queue.level or nil
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
