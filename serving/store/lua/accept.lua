-- Accept events: each is remembered as seen and appended to its partition's stream in one step.
-- ARGV: today (days since 1970), then per event digest, partition, JSON, the decision that it is the call of ('' for
-- none), and its type. Of a call each type is told once.
-- Returns for each event 1 when accepted, 0 when it is a duplicate.
local today = tonumber(ARGV[1])
local digests, known = {}, {}
for i = 2, #ARGV, 5 do digests[#digests + 1] = ARGV[i] end
for day = today, today - LIMIT.duplicate_days, -1 do
  for i, found in ipairs(redis.call('SMISMEMBER', KEY.seen(day), unpack(digests))) do
    if found == 1 then known[digests[i]] = true end
  end
end
local answers, fresh = {}, {}
for i, digest in ipairs(digests) do
  local at = 5 * i - 3
  local call, kind = ARGV[at + 3], ARGV[at + 4]
  local told = KEY.told(call)
  if known[digest] or (call ~= '' and redis.call('SISMEMBER', told, kind) == 1) then
    answers[i] = 0
  else
    known[digest], answers[i], fresh[#fresh + 1] = true, 1, digest
    redis.call('XADD', KEY.stream(ARGV[at + 1]), '*', ENTRY.event, ARGV[at + 2])
    if call ~= '' then
      redis.call('SADD', told, kind)
      redis.call('EXPIRE', told, LIMIT.told_seconds)
    end
  end
end
if #fresh > 0 then
  local seen = KEY.seen(today)
  redis.call('SADD', seen, unpack(fresh))
  redis.call('EXPIRE', seen, LIMIT.told_seconds)
end
return answers
