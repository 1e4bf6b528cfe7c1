-- Whether the state of a queue was set explicitly, and so stays when it drains.
local function is_explicit(queue)
  local own = queue.settings
  return queue.kept == 1
    or own ~= nil and (own.burst or own.concurrency or own.max_length or own.paused or own.pinned) ~= nil
end
