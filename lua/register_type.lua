-- Notes that a queue type is in use. The register has a slot of its own, so this comes before a type's first enqueue.
-- KEYS[1]  hash tag of the installation
-- ARGV[1]  virtual time, us, or "" for Redis's clock
-- ARGV[2]  queue type
-- Returns "registered"
-- include: now_us

redis.call('ZADD', KEYS[1] .. ':types', now_us(ARGV[1]), ARGV[2])
return 'registered'
