-- A map as a list of names and values in turn, for a reply: the number of its members varies. Redis would cut a number
-- down to an integer, so a number goes as text.
local function flatten(map)
  local flat = {}
  for name, value in pairs(map) do
    if type(value) == 'number' then
      value = string.format(value % 1 == 0 and '%.0f' or '%.17g', value)
    elseif type(value) == 'boolean' then
      value = value and '1' or ''
    end
    flat[#flat + 1], flat[#flat + 2] = name, value
  end
  return flat
end
