-- The ready queues in the order of their turns: the one that has been ready for longest first; of those that are ready
-- from the same microsecond on, the one that was dispatched least recently. The ready set is read once a call, for as
-- many queues as the call can dispatch; a queue that is dispatched gets its next turn here.
--   found    what the ready set gave: queue id and ready time in turn, in order
--   at       position of the first of these that is left
--   ids      queues that were dispatched and become ready again in time, in order
--   times    their ready times
--   first    position of the first of these that is left
--   horizon  the last ready time that can get a turn, us
-- include: digits

-- Puts queues that are ready from the same time on, found[from] to found[to], in order. By name they are already.
local function order_ties(found, from, to, queue_of)
  for i = from + 2, to, 2 do
    local id, at = found[i], i
    local last = queue_of(id).last
    while at > from and queue_of(found[at - 2]).last > last do
      found[at] = found[at - 2]
      at = at - 2
    end
    found[at] = id
  end
end

-- At most `wanted` queues can be dispatched, and up to a hundred that are tied are compared. With `only`, that queue.
local function ready_queues(names, now, wanted, ahead, only, queue_of)
  local turns = { found = {}, at = 1, ids = {}, times = {}, first = 1, horizon = now + wanted - 1 + ahead }
  if only ~= '' then
    local at = redis.call('ZSCORE', names.ready, only)
    turns.found = at and { only, at } or {}
    return turns
  end
  local function read(most)
    return redis.call('ZRANGEBYSCORE', names.ready, '-inf', digits(turns.horizon), 'WITHSCORES', 'LIMIT', 0, most)
  end
  local found = read(wanted + 1)
  if #found == wanted * 2 + 2 and found[#found] == found[#found - 2] then
    found = read(wanted + 100)
  end
  local from = 1
  for i = 3, #found + 1, 2 do
    if found[i + 1] ~= found[from + 1] then
      order_ties(found, from, i - 2, queue_of)
      from = i
    end
  end
  turns.found = found
  return turns
end

-- Takes the next turn off. Returns the queue id and the ready time, or nil when no queue is ready by `horizon`.
local function next_turn(turns, horizon)
  local id, at = turns.found[turns.at], tonumber(turns.found[turns.at + 1])
  local added = turns.times[turns.first]
  -- Of the same time, a queue that was dispatched in this call is the one dispatched more recently.
  if added and not (at and at <= added) then
    if added <= horizon then
      turns.first = turns.first + 1
      return turns.ids[turns.first - 1], added
    end
  elseif at and at <= horizon then
    turns.at = turns.at + 2
    return id, at
  end
end

-- Gives a queue its next turn at its ready time; none when nothing waits in it, or when that is too late for this call.
local function add_turn(turns, id, at)
  if not at or at > turns.horizon then
    return
  end
  local ids, times = turns.ids, turns.times
  local position = #times + 1
  while position > turns.first and times[position - 1] > at do
    ids[position], times[position] = ids[position - 1], times[position - 1]
    position = position - 1
  end
  ids[position], times[position] = id, at
end
