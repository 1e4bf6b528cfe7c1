-- Microseconds as whole milliseconds, rounded up: a moment given in milliseconds is never early.
local function ms(us)
  return math.ceil(us / 1000)
end
