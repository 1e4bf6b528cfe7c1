-- When a type as a whole allows its next dispatch, us: 0 when nothing limits it, nil when it is paused or full, and so
-- has no time. `started` is the number of jobs that this call has dispatched and not yet noted.
-- include: spacing
local function type_ready_at(names, started)
  local settings = names.settings
  if not settings or not settings.limited then
    return 0
  end
  if settings.paused then
    return nil
  end
  if settings.concurrency and redis.call('ZCARD', names.active) + started >= settings.concurrency then
    return nil
  end
  return settings.interval and settings.last > 0 and settings.last + spacing(settings) or 0
end
