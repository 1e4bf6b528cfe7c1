-- The beginning of the record of a job that has options, those of enqueue.lua with its limit. `due` is ms or nil,
-- `seq` the number of the job's enqueue.
-- include: record
local function pack_options(enqueued_ms, options, due, seq)
  local delays = options.retry_delays
  return record.start(enqueued_ms, {
    limit = options.limit ~= -1 and options.limit or nil, expire = options.expire,
    retain = options.retain ~= 0 and options.retain or nil, max_runtime = options.max_runtime, due = due,
    deadline = options.deadline, seq = due and seq, priority = options.priority ~= 0 and options.priority or nil,
    retry_delays = delays and #delays > 0 and delays or nil, tags = options.tags,
    restarted_from = options.restarted_from,
  })
end
