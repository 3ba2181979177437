-- Decisions that are kept, and told of in the timelines.

-- Keep a decision: its id, row, what its contact is for ('' for none), its customer, time, and the event that tells of it
-- as JSON.
local function keep_decision(id, row, purpose, customer, time, event)
  local line = KEY.timeline(customer)
  redis.call('SET', KEY.decision(id), row, 'EX', LIMIT.row_seconds)
  if purpose ~= '' then redis.call('SET', KEY.purpose(id), purpose, 'EX', LIMIT.purpose_seconds) end
  redis.call('XADD', KEY.decisions, '*', ENTRY.decision, row)
  redis.call('ZADD', line, time, event)
  if redis.call('ZCARD', line) > LIMIT.timeline then redis.call('ZREMRANGEBYRANK', line, 0, -LIMIT.timeline - 1) end
end

-- A message for an endpoint, as JSON.
local function send(endpoint, event)
  redis.call('XADD', KEY.outbox(endpoint), 'MAXLEN', LIMIT.outbox, '*', ENTRY.event, event)
end

-- Keep what stands in ARGV from a place on: how many decisions these are; then the parts of each (see keep_decision); then an
-- endpoint and an event for each message.
local function keep_decisions(place)
  local messages = place + 1 + 6 * tonumber(ARGV[place])
  for at = place + 1, messages - 1, 6 do keep_decision(unpack(ARGV, at, at + 5)) end
  for at = messages, #ARGV, 2 do send(ARGV[at], ARGV[at + 1]) end
end
