-- Counts one event of a queue in the current minute: `kind` is 0 for an enqueue, 1 for a dequeue. A queue keeps the
-- counters of at most ten minutes behind its other values: the latest minute, then a pair of counts for each minute,
-- newest first. So they cost a few bytes a minute where keys or fields of their own would cost ten times as much.
local function count(queue, kind, now)
  local stored, minute = queue.stored, math.floor(now / 60000000)
  if not stored[11] then
    stored[11], stored[12], stored[13] = minute, 0, 0
  end
  -- A clock that was set back counts in the latest minute there is.
  if stored[11] < minute then
    for _ = 1, math.min(minute - stored[11], 10) do
      table.insert(stored, 12, 0)
      table.insert(stored, 12, 0)
    end
    for i = #stored, 32, -1 do
      stored[i] = nil
    end
    stored[11] = minute
  end
  stored[12 + kind] = stored[12 + kind] + 1
end
