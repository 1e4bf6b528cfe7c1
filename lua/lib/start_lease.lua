-- Starts the lease of a job at `at`, us; it is in its queue no more, and `options` are those of its record. `leases`
-- gathers what is to be written (see write_leases) and holds `expire`, the lease length of jobs that bring none, ms,
-- and `worker`. Returns the end of the lease (ms, as text), the attempt and the requeues remaining.
-- include: count, count_type, digits, member, ms, record, run_format
-- lazy: begin_attempt, run, spend
local function start_lease(names, leases, queue, job_id, options, job_place, at, now)
  local name, attempts, more = member(queue.id, job_id), 1, nil
  local remaining = options.limit or -1
  local past = queue.requeued and lazy('run').read(names, name)
  if past then
    attempts, remaining, more = past.attempts + 1, past.remaining, past.more
  end
  if more or options ~= record.no_options or leases.worker ~= '' then
    more = lazy('begin_attempt')(names, name, more, options, leases.worker, at)
  end
  local lease_ends = ms(at) + (options.expire or leases.expire)
  if more and more.latest_end then
    lease_ends = math.min(lease_ends, more.latest_end)
  end
  local runs, n, ends = leases.runs, #leases.runs, digits(lease_ends)
  runs[n + 1] = name
  local packed = struct.pack(run_format, at, attempts, remaining, job_place, options.retain or 0, queue.last)
  runs[n + 2] = more and next(more) and packed .. cmsgpack.pack(more) or packed
  leases.ends[n + 1], leases.ends[n + 2] = ends, name
  if queue.limits then
    lazy('spend')(queue, at)
  end
  queue.last = at
  queue.since = 0
  queue.active = queue.active + 1
  count(queue, 16777216, now)
  return ends, attempts, remaining
end

-- Writes the leases that were started together.
local function write_leases(names, leases, now)
  if #leases.runs > 0 then
    redis.call('HSET', names.runs, unpack(leases.runs))
    redis.call('ZADD', names.active, unpack(leases.ends))
    count_type(names.counts, 'd', #leases.runs / 2, now)
  end
end
