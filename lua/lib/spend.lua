-- Raises the level of a rate for a dispatch at `at`, us, which is not yet its `last`.
local function spend(rate, at)
  if rate.burst > 1 and rate.interval > 0 then
    rate.level = math.max(0, rate.level - (at - rate.last) / (rate.interval * 1000)) + 1
  end
end
