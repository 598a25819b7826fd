-- Replaces a chat's memory unless it has changed since it was read.
-- Returns 1, or 0 if it has changed.
--
-- KEYS[1] string   the memory
-- ARGV    the memory as read (empty: none), the new memory, how many ms to keep it

local found = redis.call('GET', KEYS[1]) or ''
if found ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
