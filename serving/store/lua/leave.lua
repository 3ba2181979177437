-- ARGV: worker, then the roles. A worker leaves; what it held is free at once. The last one takes the clock along.
local me = ARGV[1]
redis.call('ZREM', KEY.workers, me)
if redis.call('ZCARD', KEY.workers) == 0 then redis.call('DEL', KEY.clock) end
for i = 2, #ARGV do
  local owner = KEY.owner(ARGV[i])
  if redis.call('GET', owner) == me then redis.call('DEL', owner) end
end
return 1
