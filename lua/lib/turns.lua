-- The ready queues in the order of their turns: the one that has been ready for longest first; of those that are ready
-- from the same microsecond on, the one that was dispatched least recently. The ready set is read once a call, for as
-- many queues as the call can dispatch; a queue that is dispatched gets its next turn here.
--   listed  what the ready set gave, { id, at } each, in order
--   first   position of the first of these that is left
--   added   turns of queues that were dispatched, in order

-- Puts queues that are ready from the same time on, list[from] to list[to], in order. By name they are already.
local function order_run(list, from, to, queue_of)
  for i = from + 1, to do
    local turn, last, at = list[i], queue_of(list[i].id).last, i
    while at > from and queue_of(list[at - 1].id).last > last do
      list[at] = list[at - 1]
      at = at - 1
    end
    list[at] = turn
  end
end

-- At most `wanted` queues can be dispatched, and up to a hundred that are tied are compared. With `only`, that queue.
local function ready_queues(names, now, wanted, ahead, only, queue_of)
  local listed = {}
  if only ~= '' then
    local at = redis.call('ZSCORE', names.ready, only)
    listed[1] = at and { id = only, at = tonumber(at) }
    return { listed = listed, first = 1, added = {} }
  end
  local horizon = now + wanted - 1 + ahead
  local found = redis.call('ZRANGEBYSCORE', names.ready, '-inf', horizon, 'WITHSCORES', 'LIMIT', 0, wanted + 1)
  if #found == wanted * 2 + 2 and found[#found] == found[#found - 2] then
    found = redis.call('ZRANGEBYSCORE', names.ready, '-inf', horizon, 'WITHSCORES', 'LIMIT', 0, wanted + 100)
  end
  local from = 1
  for i = 1, #found, 2 do
    local n = #listed + 1
    listed[n] = { id = found[i], at = tonumber(found[i + 1]) }
    if listed[from].at ~= listed[n].at then
      order_run(listed, from, n - 1, queue_of)
      from = n
    end
  end
  order_run(listed, from, #listed, queue_of)
  return { listed = listed, first = 1, added = {} }
end

-- Takes the next turn off, { id, at }; nil when no queue is ready by `horizon`.
local function next_turn(turns, horizon)
  local turn, added = turns.listed[turns.first], turns.added[1]
  -- Of the same time, a queue that was dispatched in this call is the one dispatched more recently.
  if added and not (turn and turn.at <= added.at) then
    if added.at <= horizon then
      return table.remove(turns.added, 1)
    end
  elseif turn and turn.at <= horizon then
    turns.first = turns.first + 1
    return turn
  end
end

-- Gives a queue its next turn at its ready time, or none when nothing waits in it.
local function add_turn(turns, id, at)
  if not at then
    return
  end
  local position = #turns.added + 1
  while position > 1 and turns.added[position - 1].at > at do
    position = position - 1
  end
  table.insert(turns.added, position, { id = id, at = at })
end
