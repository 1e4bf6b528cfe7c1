-- A job's place among the queued jobs of its queue; the lowest is next. Higher priority (-1000 to 1000) comes first,
-- then the order of enqueues. 2^42 enqueues fit between two priorities: seven years of one queue at 20 000 a second
-- that never drains; with the priorities the place still fits a sorted set's score exactly (below 2^53).
local function place(sequence, priority)
  return sequence - priority * 4398046511104
end
