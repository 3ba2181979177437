-- ARGV: prefix, worker, then the roles. A worker leaves; what it held is free at once.
local prefix, me = ARGV[1], ARGV[2]
redis.call('ZREM', prefix .. ':workers', me)
for i = 3, #ARGV do
  local owner = prefix .. ':owner:' .. ARGV[i]
  if redis.call('GET', owner) == me then redis.call('DEL', owner) end
end
return 1
