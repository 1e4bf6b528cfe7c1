-- Takes the first queued job off a queue and makes the one behind it the first. Returns its id and its place, or nil
-- when none is queued.
local function pop_head(names, queue)
  if queue.queued == 0 then
    return nil
  end
  local job_id, job_place = queue.head, queue.place
  queue.queued = queue.queued - 1
  queue.head, queue.place = '', 0
  if queue.queued > 0 then
    local following = redis.call('ZPOPMIN', names['rest:'] .. queue.id)
    if following[1] then
      queue.head, queue.place = following[1], tonumber(following[2])
    else
      -- The set is lost: a Redis that may evict keys does that.
      queue.queued = 0
    end
  end
  return job_id, job_place
end
