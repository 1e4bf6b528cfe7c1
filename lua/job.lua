-- Reads a job, living or kept after its end.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue id
-- ARGV[3]  job id
-- Returns false when there is no such job, or { state, payload, attempts, requeues remaining (-1 = no limit),
--   time of the enqueue (ms), lease token ("" when not active), end of the lease (ms) or false, error,
--   time of the end (ms) or false }; state is "scheduled", "queued", "active", "finished" or "failed"
-- include: now_us, keys, member, later_member, record

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local name = member(ARGV[2], ARGV[3])

local function describe(raw, state, lease_ends, reason, ended_at)
  local job = record.unpack(raw)
  local lease = state == 'active' and string.format('%.0f', job.stamp_us) or ''
  return {
    state, record.payload(raw, job), job.attempts, job.remaining, job.enqueued_ms, lease, lease_ends, reason, ended_at,
  }
end

local raw = redis.call('GET', names.job .. name)
if raw then
  local job = record.unpack(raw)
  if job.stamp_us > 0 then
    return describe(raw, 'active', tonumber(redis.call('ZSCORE', names.active, name)), '', false)
  end
  local due = redis.call('ZSCORE', names.later .. ARGV[2], later_member(job.place, ARGV[3]))
  local scheduled = due and tonumber(due) * 1000 > now
  return describe(raw, scheduled and 'scheduled' or 'queued', false, '', false)
end
local ended = redis.call('HMGET', names.ending .. name, 'state', 'error', 'ended_at', 'kept_until')
raw = redis.call('GET', names.ended .. name)
if not raw or not ended[1] or tonumber(ended[4]) * 1000 <= now then
  return false
end
return describe(raw, ended[1], false, ended[2], tonumber(ended[3]))
