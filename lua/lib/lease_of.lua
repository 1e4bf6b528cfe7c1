-- The run of a job whose lease is held with this token, or without one, of any active job. Returns nil and why not:
-- "unknown_job", "wrong_state" or "stale_lease".
-- include: digits, run
local function lease_of(names, name, lease)
  local it = run.read(names, name)
  if not it and redis.call('HEXISTS', names.jobs, name) == 0 then
    return nil, 'unknown_job'
  end
  if not it or it.stamp == 0 then
    return nil, 'wrong_state'
  end
  if lease ~= '' and lease ~= digits(it.stamp) then
    return nil, 'stale_lease'
  end
  return it
end
