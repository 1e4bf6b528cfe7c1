-- A queue as a map of what there is to say of it: jobs, the limits that hold for it whoever set them, when it may be
-- dispatched next (ms) and why not now.
-- include: ms, ready_at, type_ready_at

-- Returns the state and the ready time of a queue, us or nil.
local function state_of(names, queue, now)
  if queue.queued + queue.later == 0 then
    return 'empty'
  end
  local limits, at = queue.limits, ready_at(names, queue)
  if not at then
    return limits.paused and 'paused' or 'full'
  end
  if at > now then
    local due = queue.queued == 0 and redis.call('ZRANGE', names['later:'] .. queue.id, 0, 0, 'WITHSCORES')[2] * 1000
    return due == at and 'scheduled' or 'spacing', at
  end
  local gate = type_ready_at(names, 0)
  if not gate then
    return names.settings.paused and 'type_paused' or 'type_limited'
  end
  return gate > now and 'type_limited' or 'ready', math.max(at, gate)
end

local function queue_status(names, queue, now)
  local limits = queue.limits or {}
  local state, at = state_of(names, queue, now)
  local scheduled = queue.later > 0
    and redis.call('ZCOUNT', names['later:'] .. queue.id, '(' .. math.floor(now / 1000), '+inf')
  return {
    queue_id = queue.id, length = queue.queued + queue.later, scheduled = scheduled or 0, active = queue.active,
    interval = queue.interval, burst = queue.burst or 1, concurrency = limits.concurrency,
    max_length = limits.max_length,
    paused = limits.paused or false, pinned = limits.pinned or false, ready_at = at and ms(at), state = state,
  }
end
