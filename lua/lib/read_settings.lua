-- The settings of a type as load_settings.lua has them, from the text that holds them. Who followed until now is left
-- out.
local function read_settings(raw, now)
  local settings = cmsgpack.unpack(raw)
  settings.limited = settings.interval or settings.concurrency or settings.paused
  settings.burst = settings.burst or 1
  settings.last, settings.level = settings.last or 0, settings.level or 1
  if math.max(settings.all_until or 0, settings.some_until or 0) <= now then
    settings.channel, settings.all_until, settings.some_until = nil, nil, nil
  end
  return settings
end
