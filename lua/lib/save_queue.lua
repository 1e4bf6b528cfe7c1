-- Writes what a script changed of a queue, and brings what follows from it up to date: its entry in the ready set, and
-- the end of a drained queue's state, which goes when its spacing and its counters have passed unless it was set
-- explicitly. Every script that changes a queue ends with this. The expiry only cleans up: no script decides anything
-- by whether it has happened.
local function save_queue(names, queue, now)
  local fields = {}
  for field, value in pairs(queue.changed) do
    fields[#fields + 1] = field
    fields[#fields + 1] = value
  end
  if #fields > 0 then
    redis.call('HSET', queue.state_key, unpack(fields))
  end
  local at = ready_at(queue)
  if at then
    redis.call('ZADD', names.ready, at, queue.id)
  else
    redis.call('ZREM', names.ready, queue.id)
  end
  if queue.queued == 0 and queue.later == 0 and queue.active == 0 and not queue.kept then
    local spaced = queue.last and queue.last + queue.interval * 1000 or 0
    redis.call('PEXPIREAT', queue.state_key, ms(math.max(spaced, now + 600000000)))
  elseif queue.was_drained then
    redis.call('PERSIST', queue.state_key)
  end
end
