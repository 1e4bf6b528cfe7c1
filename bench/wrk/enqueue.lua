-- Enqueues jobs with ids of their own into 1000 queues.
-- Arguments: queue type, number of the first job, start of the job ids, payload.

local QUEUES = 1000
local number, before, between, after, start

function init(args)
  local queue_type, payload = args[1], args[4]
  number, start = tonumber(args[2]), args[3]
  local body_length = #'{"job_id":"","interval":0,"payload":}' + #start + #args[2] + #payload
  -- All that stays the same is put together once: a request must cost less here than in the server.
  before = 'POST /enqueue/' .. queue_type .. '/q'
  between = '/ HTTP/1.1\r\nHost: sharq\r\nContent-Length: ' .. body_length .. '\r\n\r\n{"job_id":"' .. start
  after = '","interval":0,"payload":' .. payload .. '}'
end

function request()
  local text = before .. number % QUEUES .. between .. number .. after
  number = number + 1
  return text
end
