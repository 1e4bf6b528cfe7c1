-- Whether somebody follows this job, see follow.lua.
local function is_followed(names, name, now)
  local settings = names.settings
  if not settings or (settings.some_until or 0) <= now then
    return false
  end
  return tonumber(redis.call('ZSCORE', names.followed, name) or 0) > now
end
