-- What limits a queue beside its interval: its own settings, else the defaults of its type. Sets `queue.burst`,
-- `queue.level` and `queue.limits`: { concurrency, max_length, paused, pinned, penalty (us) }, or nil for a queue that
-- has no such limit, as most have none.
local function find_limits(names, queue)
  local own = queue.settings
  local preset = names.settings and names.settings.queue
  if not own and not preset then
    queue.limits, queue.burst = nil, 1
    return
  end
  own, preset = own or {}, preset or {}
  queue.burst, queue.level = own.burst or preset.burst or 1, own.level or 1
  queue.limits = {
    concurrency = own.concurrency or preset.concurrency, max_length = own.max_length or preset.max_length,
    paused = own.paused, pinned = own.pinned, penalty = own.penalty or 0,
  }
end
