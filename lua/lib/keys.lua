-- Every key of a queue type, or of one partition of it, made from its hash tag: those that nearly each call needs at
-- once, the others when they are first asked for. `names.ready` is "<tag>:ready", and `names['q:'] .. id` the key of
-- one queue. This is the one place that knows them:
--   <tag>:ready             sorted set  queue id -> ready time, us; only queues that wait for nothing but their time
--   <tag>:blocked           sorted set  queue id -> 0; queues with waiting jobs that are paused or full
--   <tag>:active            sorted set  member -> end of the lease, ms
--   <tag>:due               sorted set  member of a scheduled job -> due time, ms
--   <tag>:deadlines         sorted set  member of a job that was never dispatched and has a deadline -> deadline, ms
--   <tag>:kept              sorted set  member of an ended job -> kept until, ms
--   <tag>:ended:<outcome>   sorted set  member of an ended job -> end, ms
--   <tag>:dead              sorted set  member of a dead letter that was not restarted -> end, ms
--   <tag>:held              sorted set  queue id -> time until which its state stays though it is drained, ms: for ever
--                                       when it was set explicitly, or the end of a very long spacing
--   <tag>:jobs              hash        member -> the job as enqueued, see record.lua; living and kept jobs
--   <tag>:runs              hash        member -> what became of a job, see run.lua; not of those that only wait
--   <tag>:tags              hash        member -> the tags of a job that has some, as a MessagePack array
--   <tag>:tag:<tag>         sorted set  member -> time of the enqueue, ms
--   <tag>:log:<member>      list        the lines of a job's log, oldest first, see log.lua
--   <tag>:counts            hash        counters of the type by minute, see count_type.lua
--   <tag>:type              string      settings and rate state of the type, and who follows it, see load_settings.lua
--   <tag>:followed          sorted set  member of a followed job -> until when, us
--   <tag>:waiting           string      there while a server waits for a job, see wake.lua
--   <tag>:q:<queue id>      string      settings, rate state, counters and first job of a queue, see queue_format.lua
--   <tag>:rest:<queue id>   sorted set  job id -> place, see place.lua; the queued jobs behind the first
--   <tag>:later:<queue id>  sorted set  see later_member.lua -> due time, ms; the scheduled jobs
--   <tag>:past:<outcome>:<queue id>  sorted set  job id of an ended job -> end, ms
-- A member is "<queue id>:<job id>". A queue id holds no colon, so that no two of these names can be the same.
-- All jobs of a type share two hashes because a key of its own would cost each some 60 bytes more.
--
-- Beside the keys, what one call knows of the type: `soonest`, the earliest ready time that it has given a queue,
-- `settings`, see load_settings.lua, `changes`, see tell.lua, and `plain_start`, see store_job.lua.
local function keys(tag)
  local names = {
    tag = tag, soonest = false, settings = false, changes = false, plain_start = false,
    ready = tag .. ':ready', active = tag .. ':active', jobs = tag .. ':jobs', runs = tag .. ':runs',
    counts = tag .. ':counts', waiting = tag .. ':waiting', type = tag .. ':type', ['q:'] = tag .. ':q:',
    ['rest:'] = tag .. ':rest:',
  }
  return setmetatable(names, {
    __index = function(known, name)
      local key = tag .. ':' .. name
      rawset(known, name, key)
      return key
    end,
  })
end
