-- Finding the place in a sorted set where a list was left, in O(log^2 n), also when the element it was left at is gone.

-- Whether one text comes before another as Redis orders them: by bytes, whatever the locale is.
local function is_before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

-- The number of elements at or before (score, name), or when `newest`, the number of those at or after it: the rank, in
-- that direction, of the first element that comes after it.
local function seek(key, score, name, newest)
  local low, high = 0, redis.call('ZCARD', key)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local found = redis.call(newest and 'ZREVRANGE' or 'ZRANGE', key, middle, middle, 'WITHSCORES')
    local other = tonumber(found[2])
    local passed
    if other ~= score then
      passed = (other < score) ~= newest
    else
      passed = found[1] == name or is_before(found[1], name) ~= newest
    end
    if passed then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

-- Up to `limit` elements after (score, name), with their scores; from the beginning when name is "". A score is text.
-- With `least` and `most`, only elements with such ranks in that direction.
local function elements_after(key, score, name, limit, newest, least, most)
  local from = math.max(name ~= '' and seek(key, tonumber(score), name, newest) or 0, least or 0)
  local to = math.min(from + limit - 1, most or from + limit - 1)
  if from > to then
    return {}
  end
  return redis.call(newest and 'ZREVRANGE' or 'ZRANGE', key, from, to, 'WITHSCORES')
end
