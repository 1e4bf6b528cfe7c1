-- Changes the level of a rate for a dispatch at `at`, us, which is not yet its `last`. It is kept whatever the burst
-- is, so that a burst that is taken away and set again does not come anew.
local function spend(rate, at)
  if rate.interval == 0 or rate.last == 0 then
    rate.level = 1
  else
    rate.level = math.max(0, rate.level - (at - rate.last) / (rate.interval * 1000)) + 1
  end
end
