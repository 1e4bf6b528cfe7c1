-- Notes that a server waits for a job of this type and knows of none before `known`, us; see wake.lua. Where several
-- wait, the one that knows least decides: the others are told of changes that they know of. The note goes by itself
-- when nobody renews it.
local function note_waiting(names, known, channel)
  local other = redis.call('GET', names.waiting)
  if other then
    known = math.max(known, tonumber(string.match(other, '^%S+')))
  end
  redis.call('SET', names.waiting, string.format('%.0f', known) .. ' ' .. channel, 'PX', 30000)
end
