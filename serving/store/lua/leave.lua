-- ARGV: prefix, worker, then the roles. A worker leaves; what it held is free at once. The last one takes the clock along.
local prefix, me = ARGV[1], ARGV[2]
redis.call('ZREM', prefix .. ':workers', me)
if redis.call('ZCARD', prefix .. ':workers') == 0 then redis.call('DEL', prefix .. ':clock') end
for i = 3, #ARGV do
  local owner = prefix .. ':owner:' .. ARGV[i]
  if redis.call('GET', owner) == me then redis.call('DEL', owner) end
end
return 1
