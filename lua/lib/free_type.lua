-- Notes that a type with a limit on its active jobs has one less, so that who waits for a job is woken.
local function free_type(names, now)
  if names.settings and names.settings.concurrency then
    names.soonest = math.min(names.soonest or now, now)
  end
end
