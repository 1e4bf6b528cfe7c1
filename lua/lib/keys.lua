-- Every key of a queue type, or of one partition of it, made from its hash tag: the one place that knows their names.
--   <tag>:ready             sorted set  queue id -> ready time, us; only queues with a queued or scheduled job
--   <tag>:active            sorted set  member -> end of the lease, ms
--   <tag>:kept              sorted set  member of an ended job -> kept until, ms
--   <tag>:held              sorted set  queue id -> time until which its state stays though it is drained, ms: for ever
--                                       when it was set explicitly, or the end of a very long spacing
--   <tag>:jobs              hash        member -> the job as enqueued, see record.lua; living and kept jobs
--   <tag>:runs              hash        member -> what became of a job that was dispatched or ended, see run.lua
--   <tag>:counts            hash        counters of the type by minute, see count_type.lua
--   <tag>:waiting           string      there while a server waits for a job, see wake.lua
--   <tag>:q:<queue id>      string      settings, rate state, counters and first job of a queue, see queue_format.lua
--   <tag>:rest:<queue id>   sorted set  job id -> place, see place.lua; the queued jobs behind the first
--   <tag>:later:<queue id>  sorted set  see later_member.lua -> due time, ms; the scheduled jobs
--   <tag>:past:<queue id>   sorted set  job id of an ended job -> end, ms
-- A member is "<queue id>:<job id>". A queue id holds no colon, so that no two of these names can be the same.
-- All jobs of a type share two hashes because a key of its own would cost each some 60 bytes more.
local function keys(tag)
  return {
    ready = tag .. ':ready',
    active = tag .. ':active',
    kept = tag .. ':kept',
    held = tag .. ':held',
    jobs = tag .. ':jobs',
    runs = tag .. ':runs',
    counts = tag .. ':counts',
    waiting = tag .. ':waiting',
    queue = tag .. ':q:',
    rest = tag .. ':rest:',
    later = tag .. ':later:',
    past = tag .. ':past:',
    tag = tag,
  }
end
