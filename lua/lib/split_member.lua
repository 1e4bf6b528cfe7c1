-- The queue id and the job id of a member; a queue id holds no colon, so the first one divides them.
local function split_member(name)
  local colon = string.find(name, ':', 1, true)
  return string.sub(name, 1, colon - 1), string.sub(name, colon + 1)
end
