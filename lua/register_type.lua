-- Notes that a queue type is in use. The register has a slot of its own, so this comes before a type's first enqueue.
-- KEYS[1]  hash tag of the installation
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue type
-- ARGV[3]  in how many partitions the type is spread if it was not in use
-- Returns the number of its partitions; it stays what it is while the type is in use
-- include: now_us

local types, partitions = KEYS[1] .. ':types', KEYS[1] .. ':partitions'
if redis.call('ZADD', types, now_us(ARGV[1]), ARGV[2]) == 1 and ARGV[3] ~= '1' then
  redis.call('HSET', partitions, ARGV[2], ARGV[3])
end
return tonumber(redis.call('HGET', partitions, ARGV[2]) or 1)
