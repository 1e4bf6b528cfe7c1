-- A part of a list of jobs: walks one index and returns the jobs that fit, without payloads and outputs.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  name of a sorted set behind the tag: "active", "due", "dead", "ended:<outcome>" or "tag:<tag>", which hold
--   members, "past:<outcome>:<queue id>" or "rest:<queue id>", which hold job ids, or "later:<queue id>"
-- ARGV[3]  queue id, when the set is that of one queue, else ""
-- ARGV[4]  "oldest" first or "newest" first
-- ARGV[5]  score and
-- ARGV[6]  element at which the list was left, both "" to begin
-- ARGV[7]  how many to look at, at most 100
-- ARGV[8]  state that is wanted, or ""
-- ARGV[9]  queue id that is wanted, or ""
-- ARGV[10] text that is wanted in the job id, or ""
-- ARGV[11] tag that is wanted, or ""
-- Returns { "more" or "end", then three values for each element looked at: score, element, and the job (see
--   describe.lua) or false when it does not fit }
-- include: digits, find_job, flatten, keys, load_queue, member, now_us, seek, split_later, split_member

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local source, queue_id, newest, limit = ARGV[2], ARGV[3], ARGV[4] == 'newest', tonumber(ARGV[7])
local of_later = string.sub(source, 1, 6) == 'later:'

local function ids_of(element)
  if queue_id == '' then
    return split_member(element)
  end
  return queue_id, of_later and split_later(element) or element
end

local function has(tags, wanted)
  for _, tag in ipairs(tags or {}) do
    if tag == wanted then
      return true
    end
  end
  return wanted == ''
end

local function fitting(element)
  local queue, job_id = ids_of(element)
  if ARGV[9] ~= '' and queue ~= ARGV[9] or not string.find(job_id, ARGV[10], 1, true) then
    return false
  end
  local found = find_job(names, queue, job_id, now)
  if not found or ARGV[8] ~= '' and found.state ~= ARGV[8] or not has(found.tags, ARGV[11]) then
    return false
  end
  found.payload, found.output = nil, nil
  return flatten(found)
end

-- The first queued job of a queue is not in the set: it comes before all that are.
local function with_head(elements)
  local queue = load_queue(names, queue_id, now)
  local place_text = digits(queue.place)
  local began, left = ARGV[6] == '', #elements < limit * 2
  if queue.queued > 0 then
    if not newest and (began or tonumber(ARGV[5]) < queue.place) then
      table.insert(elements, 1, place_text)
      table.insert(elements, 1, queue.head)
    elseif newest and left and (began or tonumber(ARGV[5]) > queue.place) then
      elements[#elements + 1] = queue.head
      elements[#elements + 1] = place_text
    end
  end
  return elements
end

-- Of jobs by due time, those that are due are queued and the others scheduled. Returns the least and the greatest rank
-- of those that are wanted, in the order of the list.
local function wanted_ranks(key)
  if source ~= 'due' and not of_later or ARGV[8] ~= 'queued' and ARGV[8] ~= 'scheduled' then
    return nil
  end
  local all, due = redis.call('ZCARD', key), redis.call('ZCOUNT', key, '-inf', math.floor(now / 1000))
  if (ARGV[8] == 'queued') ~= newest then
    return 0, (newest and all - due or due) - 1
  end
  return newest and all - due or due, all - 1
end

local elements = elements_after(names[source], ARGV[5], ARGV[6], limit, newest, wanted_ranks(names[source]))
local reply = { #elements < limit * 2 and 'end' or 'more' }
if string.sub(source, 1, 5) == 'rest:' then
  elements = with_head(elements)
end
-- Records are read whole to be described; those of one call may have so many bytes.
local bytes = 1000000
for i = 1, #elements, 2 do
  local m = #reply
  bytes = bytes - redis.call('HSTRLEN', names.jobs, member(ids_of(elements[i])))
  if bytes < 0 and m > 1 then
    reply[1] = 'more'
    break
  end
  reply[m + 1], reply[m + 2], reply[m + 3] = elements[i + 1], elements[i], fitting(elements[i])
end
return reply
