-- One bounded step through the register of queue types. A type may come more than once.
-- KEYS[1]  hash tag of the installation
-- ARGV[1]  cursor: "0" first, then what the step before returned
-- ARGV[2]  about how many types
-- Returns the next cursor ("0" after the last step), then queue types

local scanned = redis.call('ZSCAN', KEYS[1] .. ':types', ARGV[1], 'COUNT', ARGV[2])
local found = { scanned[1] }
for i = 1, #scanned[2], 2 do
  found[#found + 1] = scanned[2][i]
end
return found
