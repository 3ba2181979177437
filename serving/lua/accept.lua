-- Accept events: each is remembered as seen and appended to its partition's stream in one step.
-- ARGV: prefix, today (days since 1970), days that duplicates are known for, then per event digest, partition, JSON.
-- Returns for each event 1 when accepted, 0 when it is a duplicate.
local prefix, today, days = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local digests, known = {}, {}
for i = 4, #ARGV, 3 do digests[#digests + 1] = ARGV[i] end
for day = today, today - days, -1 do
  for i, found in ipairs(redis.call('SMISMEMBER', prefix .. ':seen:' .. day, unpack(digests))) do
    if found == 1 then known[digests[i]] = true end
  end
end
local answers, fresh = {}, {}
for i, digest in ipairs(digests) do
  if known[digest] then
    answers[i] = 0
  else
    known[digest], answers[i], fresh[#fresh + 1] = true, 1, digest
    redis.call('XADD', prefix .. ':stream:' .. ARGV[3 * i + 2], '*', 'event', ARGV[3 * i + 3])
  end
end
if #fresh > 0 then
  local seen = prefix .. ':seen:' .. today
  redis.call('SADD', seen, unpack(fresh))
  redis.call('EXPIRE', seen, (days + 1) * 86400)
end
return answers
