-- Changes a field of a loaded queue, so that save_queue writes it.
local function set(queue, field, value)
  queue[field] = value
  queue.changed[field] = value
end
