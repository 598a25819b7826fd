-- Decides whether a message may start now.
-- Returns {0, 0, 0} for "go", {1, ms, ahead} for "ask again in ms", {2, 0, 0} for "not in time".
--
-- All keys of a channel share one hash tag, so that they are on one node of a cluster.
-- KEYS[1] lane     hash    last_at, holder: the last start and its question
--                          full_at: when the bucket is full again;
--                          returned: by how much full_at has been brought forward so far;
--                          since: tokens taken before this time are no longer known
-- KEYS[2] chat     hash    the same for the recipient: the bucket of its prompts, and its last
--                          message of any kind
-- KEYS[3] paid     string  when the question took its tokens; full_at + returned of lane and chat
--                          just after
-- KEYS[4…6]        the queue for the lane
-- KEYS[7…9]        the queue for the recipient's bucket; each queue has three keys:
--         waiting  zset    question by the time of acceptance
--         latest   zset    question by its latest useful start
--         due      hash    question -> when it should ask again
-- ARGV    question, accepted at, latest start, asked at (empty: unknown), how long a start is
--         remembered, capacity (0: no buckets), ms per token, lane spacing, chat spacing,
--         the recipient's capacity, ms per token of the recipient
-- Times are milliseconds, with fractions. A question's times are by Temporal's clock: the time of
-- acceptance gives the order, and the latest start counts relative to the time of asking. All other
-- times are by Redis's own clock.

local lane, chat, paid = KEYS[1], KEYS[2], KEYS[3]
local question = ARGV[1]
local remembered_ms = tonumber(ARGV[5])
local capacity, token_ms = tonumber(ARGV[6]), tonumber(ARGV[7])
local lane_spacing, chat_spacing = tonumber(ARGV[8]), tonumber(ARGV[9])
local chat_capacity, chat_token_ms = tonumber(ARGV[10]), tonumber(ARGV[11])
local has_buckets = capacity > 0

local NEAR = 4 -- this many at the head of the queue ask again for every slot, in turn
local FAR = 8 -- no question waits for many more slots than this before it asks again
local PATIENCE = 60000 -- a question this long overdue counts as gone, even if the asker is late
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local latest_start = now + (tonumber(ARGV[3]) - (tonumber(ARGV[4]) or now))

local function keep(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, math.ceil(ms)) end
end

-- The three keys exist together or not at all: usually nobody waits, and nothing needs to be looked
-- up.
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

-- No wait is longer than this: a later time was set before the clock went back.
local function due_of(of, who)
  local due = tonumber(redis.call('HGET', of.due, who)) or 0
  if due > now + (NEAR + FAR) * of.slowest then
    due = now
    redis.call('HSET', of.due, who, due)
  end
  return due
end

local function ahead_in(of) return redis.call('ZCOUNT', of.waiting, '-inf', '(' .. ARGV[2]) end

local function first_before(of)
  return redis.call('ZRANGEBYSCORE', of.waiting, '-inf', '(' .. ARGV[2], 'LIMIT', 0, 1)[1]
end

-- A question that was due one grace before the asker loses its place if it has not asked although
-- the asker is on time. If the asker is late, others may be late too.
local function blocker_in(of)
  if of.is_empty then return nil end
  local my_due = tonumber(redis.call('HGET', of.due, question))
  local tolerance = my_due and now < my_due + of.grace and of.grace or PATIENCE
  local blocker = first_before(of)
  while blocker and my_due and due_of(of, blocker) + tolerance <= math.min(my_due, now) do
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
  -- Those ahead can leave, or run out of time together, so everybody asks again while a slot is
  -- still useful.
  local come_at = free_at + math.min(away, (latest_start - free_at) / 2)
  -- The blocker can ask again before it is due: it got a duration, and the clock may have gone
  -- back.
  if free_at <= now and blocker then
    come_at = math.min(math.max(now, due_of(to, blocker)), now + to.slowest) + to.grace
  end
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
for _, of in ipairs(queues) do of.slowest = math.max(chat_spacing, brand.pace, recipient and recipient.pace or 0) end

for _, of in ipairs(queues) do
  if not of.is_empty then
    local gone = redis.call('ZRANGEBYSCORE', of.latest, '-inf', string.format('(%.3f', now), 'LIMIT', 0, 100)
    for _, who in ipairs(gone) do remove(of, who) end
  end
end

local function bring_forward(record, ms)
  if ms <= 0 then return end
  record.full_at = record.full_at - ms
  record.returned = record.returned + ms
  record.is_corrected = true
end

local function save(record)
  redis.call(
    'HSET', record.key, 'full_at', record.full_at, 'returned', record.returned, 'since', record.since,
    'last_at', record.last_at
  )
end

-- Returns the record of a lane or chat, corrected to what is possible now. (Without buckets, both
-- can be one key.)
local function recall(key, fills_in)
  local fields = redis.call('HMGET', key, 'full_at', 'returned', 'since', 'last_at', 'holder')
  local record = {
    key = key, full_at = tonumber(fields[1]) or 0, returned = tonumber(fields[2]) or 0,
    since = tonumber(fields[3]) or now, last_at = tonumber(fields[4]) or 0,
    is_held = fields[5] == question, is_corrected = false,
  }
  if record.last_at > now then
    -- The clock has gone back since that start: the start counts as now, and the bucket is as full
    -- as it was then.
    if record.full_at > record.last_at then bring_forward(record, record.last_at - now) end
    record.last_at, record.since, record.is_corrected = now, math.min(record.since, now), true
  end
  -- No bucket takes longer to fill than from empty: one emptied under stricter limits continues
  -- under the current ones.
  if has_buckets then bring_forward(record, record.full_at - now - fills_in) end
  if record.is_corrected then save(record) end
  return record
end

-- Tokens refill one after the other, in the order in which they were taken. The part of the
-- question's token that has not refilled yet is returned; the refilled part is for others, and may
-- already be taken. A returned part brings later tokens forward, and is counted as if it did so for
-- all: a bucket can count as emptier than it is, never as fuller.
local function give_back(record, paid_at, taken, ms_for_token)
  if paid_at < record.since then return end
  local was_last = taken > record.full_at + record.returned - ms_for_token / 2
  local back = math.min(taken - record.returned - now, record.full_at - now, ms_for_token)
  bring_forward(record, back)
  if was_last and back > 0 then record.returned = record.returned - back end
end

local lane_record = recall(lane, capacity * token_ms)
local chat_record = recall(chat, chat_capacity * chat_token_ms)
local holds_lane, holds_chat = lane_record.is_held, chat_record.is_held
local has_token, has_chat_token = not has_buckets, not has_buckets

-- Tokens count from the start that they pay for: asking again returns the old ones, and starting
-- takes new ones. A question that has held the lane since then still has its tokens; others wait
-- again.
local paid_at, lane_taken, chat_taken
if has_buckets then
  paid_at, lane_taken, chat_taken = string.match(redis.call('GET', paid) or '', '^(%S+) (%S+) (%S+)$')
end
if paid_at then
  give_back(lane_record, tonumber(paid_at), tonumber(lane_taken), token_ms)
  give_back(chat_record, tonumber(paid_at), tonumber(chat_taken), chat_token_ms)
  if holds_lane then
    has_token = true
    -- Others may have started in this chat.
    has_chat_token = chat_record.full_at - (chat_capacity - 1) * chat_token_ms < now + 1
  else
    for _, record in ipairs({lane_record, chat_record}) do
      if record.is_corrected then save(record) end
    end
    redis.call('DEL', paid)
  end
end

local free_at, token_at = now, now
if not holds_lane then free_at = math.max(free_at, lane_record.last_at + lane_spacing) end
if not holds_chat then free_at = math.max(free_at, chat_record.last_at + chat_spacing) end
if not has_token then free_at = math.max(free_at, lane_record.full_at - (capacity - 1) * token_ms) end
if not has_chat_token then token_at = math.max(token_at, chat_record.full_at - (chat_capacity - 1) * chat_token_ms) end

if math.max(free_at, token_at) > latest_start then
  for _, of in ipairs(queues) do remove(of, question) end
  return {2, 0, 0}
end

-- A question that waits for the recipient's bucket has no place in the brand's queue, so the
-- brand's others go on.
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
    -- The brand's next question keeps its place there too; otherwise others could take each token
    -- just before its slot.
    if answer[3] == 0 then stand(recipient, come_at) else remove(recipient, question) end
  end
  return answer
end

local function start(record, ms_for_token)
  if has_buckets then
    record.full_at = math.max(record.full_at, now) + ms_for_token
    redis.call(
      'HSET', record.key, 'full_at', record.full_at, 'returned', record.returned, 'since', record.since, 'last_at', now,
      'holder', question
    )
  else
    redis.call('HSET', record.key, 'last_at', now, 'holder', question)
  end
  keep(record.key, math.max(record.full_at - now, remembered_ms) + 60000)
  return record.full_at + record.returned
end

local lane_full_at, chat_full_at = start(lane_record, token_ms), start(chat_record, chat_token_ms)
if has_buckets then
  local taken = string.format('%.17g %.17g %.17g', now, lane_full_at, chat_full_at)
  redis.call('SET', paid, taken, 'PX', math.ceil(latest_start - now) + 60000)
end
for _, of in ipairs(queues) do remove(of, question) end
return {0, 0, 0}
