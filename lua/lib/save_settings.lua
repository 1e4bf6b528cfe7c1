-- Writes the settings of a type. Without any, the note of who follows goes by itself.
-- include: digits, ms
local function save_settings(names)
  local settings = names.settings
  local it = {
    interval = settings.interval, concurrency = settings.concurrency, paused = settings.paused or nil,
    queue = settings.queue, job = settings.job, told = settings.told, relist = settings.relist,
    channel = settings.channel,
    all_until = settings.all_until, some_until = settings.some_until,
  }
  if settings.burst > 1 then
    it.burst = settings.burst
  end
  local explicit = it.interval or it.concurrency or it.paused or it.burst or it.queue or it.job or it.told or it.relist
  if it.interval then
    it.last, it.level = settings.last, settings.level
  end
  if explicit then
    redis.call('SET', names.type, cmsgpack.pack(it))
  elseif it.channel then
    local untl = math.max(it.all_until or 0, it.some_until or 0)
    redis.call('SET', names.type, cmsgpack.pack(it), 'PXAT', digits(ms(untl)))
  else
    redis.call('DEL', names.type)
  end
end
