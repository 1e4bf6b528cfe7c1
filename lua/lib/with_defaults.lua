-- What only some jobs have, with the defaults of the type where the job gives none.
local function with_defaults(names, options)
  local preset = names.settings and names.settings.job
  if not preset then
    return options
  end
  local all = {}
  for name, value in pairs(preset) do
    all[name] = value
  end
  for name, value in pairs(options) do
    all[name] = value
  end
  return all
end
