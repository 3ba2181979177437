-- Accept events: each is remembered as seen and appended to its partition's stream in one step.
-- ARGV: prefix, today (days since 1970), days that duplicates are known for, then per event digest, partition, JSON,
-- the decision that it is the call of ('' for none), and its type. told:DECISION is the set of types told of that call.
-- Returns for each event 1 when accepted, 0 when it is a duplicate.
local prefix, today, days = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local digests, known = {}, {}
for i = 4, #ARGV, 5 do digests[#digests + 1] = ARGV[i] end
for day = today, today - days, -1 do
  for i, found in ipairs(redis.call('SMISMEMBER', prefix .. ':seen:' .. day, unpack(digests))) do
    if found == 1 then known[digests[i]] = true end
  end
end
local answers, fresh = {}, {}
for i, digest in ipairs(digests) do
  local at = 5 * i
  local call, kind = ARGV[at + 2], ARGV[at + 3]
  local told = prefix .. ':told:' .. call
  if known[digest] or (call ~= '' and redis.call('SISMEMBER', told, kind) == 1) then
    answers[i] = 0
  else
    known[digest], answers[i], fresh[#fresh + 1] = true, 1, digest
    redis.call('XADD', prefix .. ':stream:' .. ARGV[at], '*', 'event', ARGV[at + 1])
    if call ~= '' then
      redis.call('SADD', told, kind)
      redis.call('EXPIRE', told, (days + 1) * 86400)
    end
  end
end
if #fresh > 0 then
  local seen = prefix .. ':seen:' .. today
  redis.call('SADD', seen, unpack(fresh))
  redis.call('EXPIRE', seen, (days + 1) * 86400)
end
return answers
