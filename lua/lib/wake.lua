-- Wakes the servers that wait for a job of this type, when a queue has become ready earlier than they know of. The
-- `waiting` key is there while one waits: the earliest ready time that it knows, us, and the channel on which it
-- listens. It goes with the message and comes back when a server finds too few jobs again, so that many enqueues in a
-- row send one message. Who may not publish (an access rule of Redis) still serves; its waiting requests wait longer.
local function wake(names)
  local waiting = names.soonest and redis.call('GET', names.waiting)
  if not waiting then
    return
  end
  local known, channel = string.match(waiting, '^(%S+) (.*)$')
  if names.soonest < tonumber(known) then
    redis.call('DEL', names.waiting)
    redis.pcall('PUBLISH', channel, names.tag)
  end
end
