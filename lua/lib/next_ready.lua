-- The queue that is to be dispatched next, and its ready time, or nil when none is ready: the one that has been ready
-- for longest. Queues that are ready from the same microsecond on are taken by who was dispatched least recently; only
-- then, and at most for a hundred, does this look at more than the first two entries. `queue_of` loads a queue.
local function next_ready(names, now, queue_of)
  local first = redis.call('ZRANGEBYSCORE', names.ready, '-inf', now, 'WITHSCORES', 'LIMIT', 0, 2)
  if not first[3] or first[2] ~= first[4] then
    return first[1], tonumber(first[2])
  end
  local chosen, oldest
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', names.ready, first[2], first[2], 'LIMIT', 0, 100)) do
    local last = queue_of(id).last
    if not oldest or last < oldest then
      chosen, oldest = id, last
    end
  end
  return chosen, tonumber(first[2])
end
