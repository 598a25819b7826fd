-- May this message start now? Answers {0, 0, 0} for "go", {1, ms, ahead} for "come back in", {2, 0, 0} for "not in time".
--
-- All keys of a channel share one hash tag, so that they live on one node of a cluster.
-- KEYS[1] lane     hash    full_at: when the bucket is full again; full_until: when it was full last;
--                          last_at, holder: the last start and its question
-- KEYS[2] waiting  zset    question by the time of acceptance
-- KEYS[3] latest   zset    question by its latest useful start
-- KEYS[4] due      hash    question -> when it was told to come back
-- KEYS[5] chat     hash    last_at, holder: the last message to the recipient
-- KEYS[6] paid     string  when the question took its token
-- ARGV    question, accepted at, latest start, capacity (0: no bucket), ms for a token, lane spacing, chat spacing
-- Moments and spans are milliseconds, with fractions; moments are by Redis's own clock, but for acceptance and latest start.

local lane, waiting, latest, due, chat, paid = unpack(KEYS)
local question = ARGV[1]
local latest_start = tonumber(ARGV[3])
local capacity, token_ms = tonumber(ARGV[4]), tonumber(ARGV[5])
local lane_spacing, chat_spacing = tonumber(ARGV[6]), tonumber(ARGV[7])

local NEAR = 4 -- so many at the head of the queue come back for every slot, in turn
local FAR = 8 -- nobody stays away for many more slots than this
local PATIENCE = 60000 -- so long overdue, one is gone even in the eyes of an asker that is itself late
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000

local function keep(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, math.ceil(ms)) end
end

local function remove(who)
  redis.call('ZREM', waiting, who)
  redis.call('ZREM', latest, who)
  redis.call('HDEL', due, who)
end

local function number(key, field) return tonumber(redis.call('HGET', key, field)) or 0 end

for _, who in ipairs(redis.call('ZRANGEBYSCORE', latest, '-inf', string.format('(%.3f', now), 'LIMIT', 0, 100)) do remove(who) end

local holds_lane = redis.call('HGET', lane, 'holder') == question
local holds_chat = redis.call('HGET', chat, 'holder') == question
local full_at = math.max(number(lane, 'full_at'), now)
local has_token = capacity == 0

-- A token counts from the start that it is for: asking again gives the old one back, unless the bucket has filled up
-- since, and starting takes a new one. Whoever held the lane ever since finds it there; others wait again.
local paid_at = capacity > 0 and tonumber(redis.call('GET', paid))
if paid_at then
  if paid_at >= number(lane, 'full_until') then full_at = math.max(full_at - token_ms, now) end
  has_token = holds_lane
  if not holds_lane then
    if redis.call('EXISTS', lane) == 1 then redis.call('HSET', lane, 'full_at', full_at) end
    redis.call('DEL', paid)
  end
end

local free_at = now
if not holds_lane then free_at = math.max(free_at, number(lane, 'last_at') + lane_spacing) end
if not holds_chat then free_at = math.max(free_at, number(chat, 'last_at') + chat_spacing) end
if not has_token then free_at = math.max(free_at, full_at - (capacity - 1) * token_ms) end

if free_at > latest_start then
  remove(question)
  return {2, 0, 0}
end

local pace = lane_spacing
if capacity > 0 then pace = math.max(lane_spacing, token_ms) end
local grace = math.min(2000, pace / 2)

-- Who was due a grace before the asker, and is not here although the asker is on time, holds no place any more. An
-- asker that is late proves that others may be late too.
local my_due = tonumber(redis.call('HGET', due, question))
local on_time = my_due ~= nil and now < my_due + grace
local function first_before()
  return redis.call('ZRANGEBYSCORE', waiting, '-inf', '(' .. ARGV[2], 'LIMIT', 0, 1)[1]
end

local blocker = nil
if not holds_lane then blocker = first_before() end
local tolerance = on_time and grace or PATIENCE
while blocker and my_due and number(due, blocker) + tolerance <= math.min(my_due, now) do
  remove(blocker)
  blocker = first_before()
end

if free_at <= now and not blocker then
  if capacity > 0 then
    if full_at <= now then redis.call('HSET', lane, 'full_until', now) end
    full_at = full_at + token_ms
    redis.call('SET', paid, now, 'PX', math.ceil(latest_start - now) + 60000)
  end
  redis.call('HSET', lane, 'full_at', full_at, 'last_at', now, 'holder', question)
  redis.call('HSET', chat, 'last_at', now, 'holder', question)
  keep(lane, math.max(full_at - now, lane_spacing) + 60000)
  keep(chat, chat_spacing + 60000)
  remove(question)
  return {0, 0, 0}
end

local ahead = redis.call('ZCOUNT', waiting, '-inf', '(' .. ARGV[2])
local away = math.min(ahead, NEAR) * grace + math.min(math.max(0, ahead - NEAR) / 2, FAR) * pace
-- Those ahead may leave, or run out of time together: everybody is back while a slot is still of use.
local come_at = free_at + math.min(away, (latest_start - free_at) / 2)
if free_at <= now and blocker then come_at = math.max(now, number(due, blocker)) + grace end
come_at = math.max(now + 1, math.min(come_at, latest_start))
redis.call('ZADD', waiting, ARGV[2], question)
redis.call('ZADD', latest, latest_start, question)
redis.call('HSET', due, question, come_at)
for _, key in ipairs({waiting, latest, due}) do keep(key, latest_start - now + 60000) end
return {1, math.ceil(come_at - now), ahead}
