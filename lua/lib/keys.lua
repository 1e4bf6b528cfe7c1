-- Every key of a queue type, made from its hash tag: the one place that knows their names.
--   <tag>:ready                  sorted set  queue id -> ready time, us; only queues with a queued or scheduled job
--   <tag>:active                 sorted set  "<queue id>:<job id>" -> end of the lease, ms
--   <tag>:kept                   sorted set  "<queue id>:<job id>" of an ended job -> kept until, ms
--   <tag>:counts                 hash        counters of the type by minute, see count.lua
--   <tag>:state:<queue id>       hash        settings, rate state and counters, see load_queue.lua
--   <tag>:queue:<queue id>       sorted set  job id -> place, see place.lua; the queued jobs
--   <tag>:later:<queue id>       sorted set  "<sequence>:<job id>" -> due time, ms; the scheduled jobs
--   <tag>:job:<queue id>:<job id>    string  a living job, see record.lua
--   <tag>:ended:<queue id>:<job id>  string  a job that is kept after its end; the same record
--   <tag>:end:<queue id>:<job id>    hash    how that job ended, see end_job.lua
--   <tag>:past:<queue id>        sorted set  job id of an ended job -> end, ms
-- A queue id holds no colon, so that no two of these names can be the same.
local function keys(tag)
  return {
    ready = tag .. ':ready',
    active = tag .. ':active',
    kept = tag .. ':kept',
    counts = tag .. ':counts',
    state = tag .. ':state:',
    queue = tag .. ':queue:',
    later = tag .. ':later:',
    job = tag .. ':job:',
    ended = tag .. ':ended:',
    ending = tag .. ':end:',
    past = tag .. ':past:',
  }
end
