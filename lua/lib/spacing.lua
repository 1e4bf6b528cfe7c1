-- A rate, of a queue or of a type, is an interval and a burst, with the time of the last dispatch (`last`, us) and a
-- level: a leaky bucket in jobs that gains one with each dispatch and loses one in each interval. A dispatch is allowed
-- while the level is at most burst - 1. The interval is applied when it is read, so that a change acts at once.

-- The time from the last dispatch to the moment from which the next one is allowed, us.
local function spacing(rate)
  if rate.burst == 1 then
    return rate.interval * 1000
  end
  -- Redis can't take a greater score; it is for ever in any case.
  return math.min(math.max(0, math.ceil((rate.level - rate.burst + 1) * rate.interval * 1000)), 9007199254740991000)
end
