-- Replaces a chat's memory, unless it was changed since it was read. Answers 1, or 0 if it was.
--
-- KEYS[1] string   the memory
-- ARGV    what was read (empty: nothing was there), what to write, for how many ms it is kept

local found = redis.call('GET', KEYS[1]) or ''
if found ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
