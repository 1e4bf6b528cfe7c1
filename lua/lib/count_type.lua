-- Counts events of a whole queue type in the current minute. The type has ten fields for each kind ('e' enqueues, 'd'
-- dequeues); a minute uses the field of its last digit, and the value holds the minute as well: minute * 2^24 + events.
-- So old ones need no deleting. The hash outlives the window of ten minutes by one and then goes by itself. Returns
-- whether these are the first events of their minute.
local function count_type(counts_key, kind, events, now)
  local minute = math.floor(now / 60000000)
  local field = kind .. (minute % 10)
  local value = redis.call('HINCRBY', counts_key, field, events)
  local first = value - events < minute * 16777216
  if first then
    redis.call('HSET', counts_key, field, minute * 16777216 + events)
    redis.call('PEXPIREAT', counts_key, (minute + 11) * 60000)
  end
  return first
end
