-- Takes a job out of the indexes of its tags.
local function untag(names, name)
  local packed = redis.call('HGET', names.tags, name)
  if packed then
    for _, tag in ipairs(cmsgpack.unpack(packed)) do
      redis.call('ZREM', names['tag:'] .. tag, name)
    end
    redis.call('HDEL', names.tags, name)
  end
end
