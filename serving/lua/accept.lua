-- Accept events: each is remembered as seen and appended to its partition's stream in one step.
-- ARGV: prefix, today (days since 1970), days that duplicates are known for, then per event digest, partition, JSON.
-- Returns for each event 1 when accepted, 0 when it is a duplicate.
local prefix, today, days = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local answers = {}
local seen = prefix .. ':seen:' .. today
for i = 4, #ARGV, 3 do
  local digest = ARGV[i]
  local fresh = 1
  for day = today, today - days, -1 do
    if redis.call('SISMEMBER', prefix .. ':seen:' .. day, digest) == 1 then fresh = 0; break end
  end
  if fresh == 1 then
    redis.call('SADD', seen, digest)
    redis.call('XADD', prefix .. ':stream:' .. ARGV[i + 1], '*', 'event', ARGV[i + 2])
  end
  answers[#answers + 1] = fresh
end
redis.call('EXPIRE', seen, (days + 1) * 86400)
return answers
