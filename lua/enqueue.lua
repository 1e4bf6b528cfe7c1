-- Accepts jobs into queues of one type.
-- KEYS[1]  hash tag of the queue type
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  requeue limit of jobs that bring none where their type has no default either, -1 = without limit
-- ARGV[3]  "brief", or "full" to have the jobs returned
-- ARGV[4]  six values a job:
--   queue id, job id, payload (JSON text),
--   interval of the queue from now on, ms, "" = leave it as it is,
--   requeue limit (-1 = without limit), "" = the default,
--   "" or a JSON object with what only some jobs have: delay (ms until it is due) or due_at (ms), priority (-1000 to
--   1000, higher first), expire (lease length, ms), max_runtime (longest attempt, ms), retry_delays (a list of ms),
--   deadline (latest time of its first dispatch, ms), retain (ms it is kept after its end), tags (a list), max_length
--   (number of waiting jobs from which on this one is refused)
-- Returns "first" when these are the type's first enqueues of the minute, else "more"; then for each job, in order, an
-- outcome and the number of jobs that waited in its queue before, and when "full", the job (see describe.lua) or false
--   "queued"     the job is stored
--   "duplicate"  a job with this id lives in the queue; nothing was changed
--   "full"       a limit of the queue's length is reached; nothing was changed
-- include: count, count_type, keys, load_queue, load_settings, member, now_us, record, save_queue, store_job, wake
-- lazy: find_job, flatten, hold_queue, publish, run, with_defaults

local names = keys(KEYS[1])
local now = now_us(ARGV[1])
local default_limit, full = tonumber(ARGV[2]), ARGV[3] == 'full'
local queues, changed = {}, {}
local outcomes = { '' }
local stored = 0

load_settings(names, now)

local function queue_of(id)
  local queue = queues[id]
  if not queue then
    queue = load_queue(names, id, now)
    queues[id] = queue
  end
  return queue
end

local function lives(name)
  return redis.call('HEXISTS', names.jobs, name) == 1 and not lazy('run').outcome(lazy('run').read(names, name))
end

-- Whether a job that says nothing has no options.
local plain = default_limit == -1 and not (names.settings and names.settings.job)

local function options_of(limit, json)
  if plain and limit == '' and json == '' then
    return record.no_options
  end
  local options = json == '' and record.no_options or cjson.decode(json)
  if names.settings and names.settings.job then
    options = lazy('with_defaults')(names, options)
  end
  local wanted = limit ~= '' and tonumber(limit) or options.limit or default_limit
  if options == record.no_options then
    if wanted == -1 then
      return options
    end
    options = {}
  end
  options.limit = wanted
  return options
end

-- An interval that comes with a job takes the place of one that was set explicitly, unless that one is pinned.
local function take_interval(queue, interval)
  if interval == '' or queue.limits and queue.limits.pinned then
    return
  end
  local wanted = tonumber(interval)
  if not queue.own or wanted ~= queue.interval then
    local was_kept = queue.kept == 1
    queue.own, queue.interval, queue.kept = true, wanted, 0
    if was_kept then
      lazy('hold_queue')(names, queue, true)
    end
  end
end

local function is_full(queue, waiting, options)
  local limit = queue.limits and queue.limits.max_length
  return options.max_length and waiting >= options.max_length or limit and waiting >= limit
end

local function accept(queue, waiting, job_id, payload, interval, options)
  if (options.max_length or queue.limits) and is_full(queue, waiting, options) then
    return lives(member(queue.id, job_id)) and 'duplicate' or 'full'
  end
  -- Jobs of one call follow each other by a microsecond: their queues become ready in the order given.
  if not store_job(names, queue, job_id, payload, options, now + stored, now) then
    return 'duplicate'
  end
  stored = stored + 1
  count(queue, 1, now)
  take_interval(queue, interval)
  changed[queue.id] = queue
  return 'queued'
end

for at = 4, #ARGV, 6 do
  local queue = queue_of(ARGV[at])
  local waiting = queue.queued + queue.later
  local options = options_of(ARGV[at + 4], ARGV[at + 5])
  outcomes[#outcomes + 1] = accept(queue, waiting, ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], options)
  outcomes[#outcomes + 1] = waiting
  if full then
    local found = outcomes[#outcomes - 1] ~= 'full' and lazy('find_job')(names, queue.id, ARGV[at + 1], now)
    outcomes[#outcomes + 1] = found and lazy('flatten')(found) or false
  end
end

for _, queue in pairs(changed) do
  save_queue(names, queue, now)
end
wake(names)
if names.changes then
  lazy('publish')(names)
end
-- Also when nothing was stored: a call that writes something can be waited for until the replicas have it.
outcomes[1] = count_type(names.counts, 'e', stored, now) and 'first' or 'more'
return outcomes
