-- Counts one event of a queue in the current minute: 1 for an enqueue, 2^24 for a dequeue, so that one number holds
-- both. A queue keeps what was counted in at most ten minutes, 6 bytes each, where keys or fields of their own would
-- cost ten times as much.
local function count(queue, event, now)
  local minute = math.floor(now / 60000000)
  -- A clock that was set back counts in the latest minute there is.
  if queue.minute < minute then
    if queue.minute > 0 then
      local without = math.min(minute - queue.minute - 1, 9)
      local older = string.rep('\0', without * 6) .. struct.pack('>I6', queue.counted) .. queue.older
      queue.older = string.sub(older, 1, 54)
    end
    queue.minute, queue.counted = minute, 0
  end
  queue.counted = queue.counted + event
end
