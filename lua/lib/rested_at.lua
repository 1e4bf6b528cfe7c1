-- The time from which nothing is left to remember of a rate, us: a new one would allow as much.
local function rested_at(rate)
  local level = math.max(rate.level or 1, 1)
  return rate.last + math.min(math.ceil(level * rate.interval * 1000), 9007199254740991000)
end
