-- ARGV: for each event its customer, time and JSON. Adding one again changes nothing.
for i = 1, #ARGV, 3 do
  local line = KEY.timeline(ARGV[i])
  redis.call('ZADD', line, ARGV[i + 1], ARGV[i + 2])
  if redis.call('ZCARD', line) > LIMIT.timeline then redis.call('ZREMRANGEBYRANK', line, 0, -LIMIT.timeline - 1) end
end
return #ARGV
