-- Decisions that are kept, and told of in the timelines.

-- Keep what stands in ARGV from a place on: for how long a decision's row is kept, and what its contact is for (s), how
-- many events a timeline keeps, how many messages wait for an endpoint at most, how many decisions these are; then for each its
-- id, row, what its contact is for, customer, time, and the event that tells of it as JSON; then an endpoint and an event for each
-- message.
local function keep_decisions(place)
  local function following()
    place = place + 1
    return ARGV[place - 1]
  end
  local row_kept, purpose_kept, line_kept, waiting_kept = following(), following(), tonumber(following()), following()
  for _ = 1, tonumber(following()) do
    local id, row, purpose, line, time = following(), following(), following(), KEY.timeline(following()), following()
    redis.call('SET', KEY.decision(id), row, 'EX', row_kept)
    if purpose ~= '' then redis.call('SET', KEY.purpose(id), purpose, 'EX', purpose_kept) end
    redis.call('XADD', KEY.decisions, '*', ENTRY.decision, row)
    redis.call('ZADD', line, time, following())
    if redis.call('ZCARD', line) > line_kept then redis.call('ZREMRANGEBYRANK', line, 0, -line_kept - 1) end
  end
  while place < #ARGV do
    redis.call('XADD', KEY.outbox(following()), 'MAXLEN', waiting_kept, '*', ENTRY.event, following())
  end
end
