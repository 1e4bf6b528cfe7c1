-- A whole number as text. Redis would write a number given to one of its commands with 17 places, and a number that
-- Lua puts into a text loses what is beyond 14; this is exact up to 2^53, and costs a third of the former.
local function digits(number)
  return string.format('%d', number)
end
