-- Puts a job into the indexes of its tags, by the time of its enqueue, ms.
local function add_tags(names, name, tags, enqueued_ms)
  redis.call('HSET', names.tags, name, cmsgpack.pack(tags))
  for _, tag in ipairs(tags) do
    redis.call('ZADD', names['tag:'] .. tag, enqueued_ms, name)
  end
end
