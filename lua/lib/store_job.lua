-- Puts a job into its queue. `options` are those of enqueue.lua with its limit; `at` is the time, us. Returns the
-- packed record, or nil when a job of that id lives already: then nothing is changed.
-- include: member, ms, place, queue_job, record
-- lazy: add_tags, make_way, pack_options, schedule_job, tell
local function store_job(names, queue, job_id, payload, options, at, now)
  local name, due = member(queue.id, job_id), nil
  local packed
  if options == record.no_options then
    -- The same for all plain jobs of a call.
    names.plain_start = names.plain_start or record.start(math.floor(now / 1000), options)
    packed = names.plain_start .. payload
  else
    due = options.due_at or options.delay and options.delay > 0 and ms(at + options.delay * 1000) or nil
    if due and due * 1000 <= at then
      due = nil
    end
    packed = lazy('pack_options')(math.floor(now / 1000), options, due, queue.seq + 1) .. payload
  end
  if redis.call('HSETNX', names.jobs, name, packed) == 0 then
    if not lazy('make_way')(names, queue.id, job_id, now) then
      return nil
    end
    redis.call('HSET', names.jobs, name, packed)
  end
  queue.seq = queue.seq + 1
  local job_place = place(queue.seq, options.priority or 0)
  if due then
    lazy('schedule_job')(names, queue, job_id, job_place, due)
  else
    queue_job(names, queue, job_id, job_place, at)
  end
  if options.deadline then
    redis.call('ZADD', names.deadlines, options.deadline, name)
  end
  if options.tags then
    lazy('add_tags')(names, name, options.tags, math.floor(now / 1000))
  end
  if names.settings then
    lazy('tell')(names, queue.id, job_id, due and 'scheduled' or 'queued', now)
  end
  return packed
end
