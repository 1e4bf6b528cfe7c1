-- Counts one event of a queue in the current minute. A queue has ten slots for each kind ('e' enqueues, 'd' dequeues),
-- a minute uses the slot of its last digit, and the value holds the minute as well: minute * 2^24 + events. So old
-- slots need no deleting, and a counter costs some ten bytes where a key of its own would cost over eighty.
local function count(queue, kind, now)
  local minute = math.floor(now / 60000000)
  local field = kind .. (minute % 10)
  local value = queue[field]
  if not value or value < minute * 16777216 then
    value = minute * 16777216
  end
  set(queue, field, value + 1)
end
