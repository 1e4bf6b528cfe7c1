-- The time from which nothing is left to remember of a rate, us: a new one would allow as much.
local function rested_at(rate)
  if not rate.burst or rate.burst == 1 then
    return rate.last + rate.interval * 1000
  end
  return rate.last + math.ceil(rate.level * rate.interval * 1000)
end
