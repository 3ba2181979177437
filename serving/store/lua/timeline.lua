-- ARGV: how many events are kept, then for each event its customer, time and JSON. Adding one again changes
-- nothing.
local kept = tonumber(ARGV[1])
for i = 2, #ARGV, 3 do
  local line = KEY.timeline(ARGV[i])
  redis.call('ZADD', line, ARGV[i + 1], ARGV[i + 2])
  if redis.call('ZCARD', line) > kept then redis.call('ZREMRANGEBYRANK', line, 0, -kept - 1) end
end
return #ARGV
