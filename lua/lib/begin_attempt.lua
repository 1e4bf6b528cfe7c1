-- What is to be remembered of a job whose attempt begins at `at`, us, beside what every run has; nil when it is
-- nothing.
-- include: ms
local function begin_attempt(names, name, more, options, worker, at)
  more = more or {}
  more.due, more.progress, more.heartbeat_at = nil, nil, nil
  more.worker = worker ~= '' and worker or nil
  more.retry_delays = options.retry_delays
  more.latest_end = options.max_runtime and ms(at) + options.max_runtime or nil
  more.tags = options.tags and true or nil
  if options.deadline then
    more.deadline = options.deadline
    redis.call('ZREM', names.deadlines, name)
  end
  return more
end
