-- Writes to Redis and reads it back.
-- KEYS[1]  hash tag of the installation
-- ARGV[1]  any text
-- Returns the text as read

redis.call('SET', KEYS[1] .. ':probe', ARGV[1], 'PX', 1000)
return redis.call('GET', KEYS[1] .. ':probe')
