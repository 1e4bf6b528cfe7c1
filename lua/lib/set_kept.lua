-- Notes whether a queue's interval is one that was set explicitly (1) or not (0).
local function set_kept(names, queue, kept)
  if kept == 1 then
    redis.call('ZADD', names.held, '+inf', queue.id)
  elseif queue.kept == 1 then
    redis.call('ZREM', names.held, queue.id)
  end
  queue.kept = kept
end
