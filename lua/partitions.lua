-- In how many partitions a queue type is spread.
-- KEYS[1]  hash tag of the installation
-- ARGV[1]  queue type
-- Returns the number, or false when the type is not in use

if not redis.call('ZSCORE', KEYS[1] .. ':types', ARGV[1]) then
  return false
end
return tonumber(redis.call('HGET', KEYS[1] .. ':partitions', ARGV[1]) or 1)
