-- ARGV: prefix, how many events are kept, then for each event its customer, time and JSON. Adding one again changes
-- nothing.
local prefix, kept = ARGV[1], tonumber(ARGV[2])
for i = 3, #ARGV, 3 do
  local line = prefix .. ':timeline:' .. ARGV[i]
  redis.call('ZADD', line, ARGV[i + 1], ARGV[i + 2])
  if redis.call('ZCARD', line) > kept then redis.call('ZREMRANGEBYRANK', line, 0, -kept - 1) end
end
return #ARGV
