-- Finishes jobs that are active, which stand in 1000 queues.
-- Arguments: queue type, number of the first job, start of the job ids.

local QUEUES = 1000
local AFTER = '/ HTTP/1.1\r\nHost: sharq\r\nContent-Length: 0\r\n\r\n'
local number, before, start

function init(args)
  number, start = tonumber(args[2]), args[3]
  before = 'POST /finish/' .. args[1] .. '/q'
end

function request()
  local text = before .. number % QUEUES .. '/' .. start .. number .. AFTER
  number = number + 1
  return text
end
