-- Reads a job, living or kept after its end.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- Returns false when there is no such job, or { state, payload, attempts, requeues remaining (-1 = no limit),
--   time of the enqueue (ms), lease token ("" when not active), end of the lease (ms) or false, error,
--   time of the end (ms) or false }; state is "scheduled", "queued", "active", "finished" or "failed"
-- include: now_us, digits, keys, member, record, run

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local name = member(ARGV[2], ARGV[3])
local raw = redis.call('HGET', names.jobs, name)
local it = run.read(names, name)
if not raw or it and it.outcome and it.kept_until * 1000 <= now then
  return false
end
local options, payload, enqueued_ms = record.unpack(raw)

local function describe(state, lease, lease_ends)
  local attempts, remaining = it and it.attempts or 0, it and it.remaining or options.limit or -1
  return {
    state, payload, attempts, remaining, enqueued_ms, lease or '', lease_ends or false, it and it.reason or '',
    it and it.ended_at or false,
  }
end

if it and it.outcome then
  return describe(it.outcome)
end
if it and it.stamp > 0 then
  return describe('active', digits(it.stamp), tonumber(redis.call('ZSCORE', names.active, name)))
end
return describe((options.due or 0) * 1000 > now and 'scheduled' or 'queued')
