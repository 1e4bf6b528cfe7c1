-- Sends what was noted in this call, in one message: a JSON list of the tag of the type, and for each change a list of
-- queue id, job id, what changed, time (ms) and, of a followed job, the value.
local function publish(names)
  if names.changes then
    redis.pcall('PUBLISH', names.settings.channel, cjson.encode({ names.tag, names.changes }))
  end
end
