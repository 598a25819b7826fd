-- May this message start now? Answers {0, 0, 0} for "go", {1, ms, ahead} for "come back in", {2, 0, 0} for "not in time".
--
-- All keys of a channel share one hash tag, so that they live on one node of a cluster.
-- KEYS[1] lane     hash    full_at: when the bucket is full again; full_until: when it was full last;
--                          last_at, holder: the last start and its question
-- KEYS[2] chat     hash    the same for the recipient: the bucket of its prompts, its last message of any kind
-- KEYS[3] paid     string  when the question took its tokens
-- KEYS[4…6]        the queue of those who wait for the lane
-- KEYS[7…9]        the queue of those who wait for the recipient's bucket; each queue is three keys:
--         waiting  zset    question by the time of acceptance
--         latest   zset    question by its latest useful start
--         due      hash    question -> when it was told to come back
-- ARGV    question, accepted at, latest start, capacity (0: no buckets), ms for a token, lane spacing, chat spacing,
--         the recipient's capacity, ms for a token of the recipient's
-- Moments and spans are milliseconds, with fractions; moments are by Redis's own clock, but for acceptance and latest start.

local lane, chat, paid = KEYS[1], KEYS[2], KEYS[3]
local question = ARGV[1]
local latest_start = tonumber(ARGV[3])
local capacity, token_ms = tonumber(ARGV[4]), tonumber(ARGV[5])
local lane_spacing, chat_spacing = tonumber(ARGV[6]), tonumber(ARGV[7])
local chat_capacity, chat_token_ms = tonumber(ARGV[8]), tonumber(ARGV[9])
local has_buckets = capacity > 0

local NEAR = 4 -- so many at the head of the queue come back for every slot, in turn
local FAR = 8 -- nobody stays away for many more slots than this
local PATIENCE = 60000 -- so long overdue, one is gone even in the eyes of an asker that is itself late
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000

local function keep(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, math.ceil(ms)) end
end

local function number(key, field) return tonumber(redis.call('HGET', key, field)) or 0 end

-- Its three keys come and go together: where nobody waits, which is the rule, there is nothing to look up in them.
local function queue(first_key, pace)
  return {
    waiting = KEYS[first_key], latest = KEYS[first_key + 1], due = KEYS[first_key + 2],
    is_empty = redis.call('EXISTS', KEYS[first_key]) == 0,
    pace = pace, grace = math.min(2000, pace / 2),
  }
end

local function remove(from, who)
  if from.is_empty then return end
  redis.call('ZREM', from.waiting, who)
  redis.call('ZREM', from.latest, who)
  redis.call('HDEL', from.due, who)
end

local function ahead_in(of) return redis.call('ZCOUNT', of.waiting, '-inf', '(' .. ARGV[2]) end

local function first_before(of)
  return redis.call('ZRANGEBYSCORE', of.waiting, '-inf', '(' .. ARGV[2], 'LIMIT', 0, 1)[1]
end

-- Who was due a grace before the asker, and is not here although the asker is on time, holds no place any more. An
-- asker that is late proves that others may be late too.
local function blocker_in(of)
  if of.is_empty then return nil end
  local my_due = tonumber(redis.call('HGET', of.due, question))
  local tolerance = my_due and now < my_due + of.grace and of.grace or PATIENCE
  local blocker = first_before(of)
  while blocker and my_due and number(of.due, blocker) + tolerance <= math.min(my_due, now) do
    remove(of, blocker)
    blocker = first_before(of)
  end
  return blocker
end

local function stand(in_queue, come_at)
  redis.call('ZADD', in_queue.waiting, ARGV[2], question)
  redis.call('ZADD', in_queue.latest, latest_start, question)
  redis.call('HSET', in_queue.due, question, come_at)
  for _, key in ipairs({in_queue.waiting, in_queue.latest, in_queue.due}) do keep(key, latest_start - now + 60000) end
  in_queue.is_empty = false
end

local function come_back(to, free_at, blocker)
  local ahead = ahead_in(to)
  local away = math.min(ahead, NEAR) * to.grace + math.min(math.max(0, ahead - NEAR) / 2, FAR) * to.pace
  -- Those ahead may leave, or run out of time together: everybody is back while a slot is still of use.
  local come_at = free_at + math.min(away, (latest_start - free_at) / 2)
  if free_at <= now and blocker then come_at = math.max(now, number(to.due, blocker)) + to.grace end
  come_at = math.max(now + 1, math.min(come_at, latest_start))
  stand(to, come_at)
  return come_at, {1, math.ceil(come_at - now), ahead}
end

local brand = queue(4, has_buckets and math.max(lane_spacing, token_ms) or lane_spacing)
local queues = {brand}
local recipient = nil
if has_buckets then
  recipient = queue(7, chat_token_ms)
  queues = {brand, recipient}
end

for _, of in ipairs(queues) do
  if not of.is_empty then
    local gone = redis.call('ZRANGEBYSCORE', of.latest, '-inf', string.format('(%.3f', now), 'LIMIT', 0, 100)
    for _, who in ipairs(gone) do remove(of, who) end
  end
end

local function state(key)
  local fields = redis.call('HMGET', key, 'full_at', 'full_until', 'last_at', 'holder')
  return {
    full_at = tonumber(fields[1]) or 0, full_until = tonumber(fields[2]) or 0, last_at = tonumber(fields[3]) or 0,
    is_held = fields[4] == question,
  }
end

local lane_state, chat_state = state(lane), state(chat)
local holds_lane, holds_chat = lane_state.is_held, chat_state.is_held
-- No bucket takes longer to fill than from empty: one that was emptied under tighter limits goes on under the present ones.
-- (Without buckets, lane and chat may be one key.)
local function full_at_of(bucket, at, longest)
  if has_buckets and at > now + longest then
    at = now + longest
    redis.call('HSET', bucket, 'full_at', at)
  end
  return math.max(at, now)
end

local full_at = full_at_of(lane, lane_state.full_at, capacity * token_ms)
local chat_full_at = full_at_of(chat, chat_state.full_at, chat_capacity * chat_token_ms)
local has_token, has_chat_token = not has_buckets, not has_buckets

-- Tokens count from the start that they are for: asking again gives the old ones back, unless their bucket has filled up
-- since, and starting takes new ones. Whoever held the lane ever since finds them there; others wait again.
local paid_at = has_buckets and tonumber(redis.call('GET', paid))
if paid_at then
  has_token = holds_lane
  if paid_at >= lane_state.full_until then full_at = math.max(full_at - token_ms, now) end
  if paid_at >= chat_state.full_until then
    chat_full_at = math.max(chat_full_at - chat_token_ms, now)
    has_chat_token = holds_lane
  end
  if not holds_lane then
    if redis.call('EXISTS', lane) == 1 then redis.call('HSET', lane, 'full_at', full_at) end
    if redis.call('EXISTS', chat) == 1 then redis.call('HSET', chat, 'full_at', chat_full_at) end
    redis.call('DEL', paid)
  end
end

local free_at, token_at = now, now
if not holds_lane then free_at = math.max(free_at, lane_state.last_at + lane_spacing) end
if not holds_chat then free_at = math.max(free_at, chat_state.last_at + chat_spacing) end
if not has_token then free_at = math.max(free_at, full_at - (capacity - 1) * token_ms) end
if not has_chat_token then token_at = math.max(token_at, chat_full_at - (chat_capacity - 1) * chat_token_ms) end

if math.max(free_at, token_at) > latest_start then
  for _, of in ipairs(queues) do remove(of, question) end
  return {2, 0, 0}
end

-- Who waits for the recipient's bucket holds no place in the brand's queue: others of the brand go on meanwhile.
local chat_blocker = nil
if not has_chat_token then chat_blocker = blocker_in(recipient) end
if token_at > now or chat_blocker then
  remove(brand, question)
  local _, answer = come_back(recipient, token_at, chat_blocker)
  return answer
end

local blocker = nil
if not holds_lane then blocker = blocker_in(brand) end
if free_at > now or blocker then
  local come_at, answer = come_back(brand, free_at, blocker)
  if recipient and not recipient.is_empty and redis.call('HEXISTS', recipient.due, question) == 1 then
    -- The next of its brand keeps its place there too, lest others take each token just before its slot.
    if answer[3] == 0 then stand(recipient, come_at) else remove(recipient, question) end
  end
  return answer
end

local function start(key, before, full_at, ms_for_token, spacing)
  if has_buckets then
    local full_until = full_at <= now and now or before.full_until
    full_at = full_at + ms_for_token
    redis.call('HSET', key, 'full_at', full_at, 'full_until', full_until, 'last_at', now, 'holder', question)
  else
    redis.call('HSET', key, 'last_at', now, 'holder', question)
  end
  keep(key, math.max(full_at - now, spacing) + 60000)
end

start(lane, lane_state, full_at, token_ms, lane_spacing)
start(chat, chat_state, chat_full_at, chat_token_ms, chat_spacing)
if has_buckets then redis.call('SET', paid, now, 'PX', math.ceil(latest_start - now) + 60000) end
for _, of in ipairs(queues) do remove(of, question) end
return {0, 0, 0}
