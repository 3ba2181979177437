-- Say that a worker is there, and share the roles among those who are.
-- ARGV: worker, milliseconds after which it is given up, then the roles.
-- Each role goes to one worker; a worker that has a role which is another's turn gives it up. Returns the roles held.
local me, patience = ARGV[1], tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local workers = KEY.workers
redis.call('ZADD', workers, now + patience, me)
redis.call('ZREMRANGEBYSCORE', workers, '-inf', now - 1)
local there = redis.call('ZRANGE', workers, 0, -1)
table.sort(there)
local turn = 0
for i, name in ipairs(there) do if name == me then turn = i - 1 end end
local held = {}
for i = 3, #ARGV do
  local owner = KEY.owner(ARGV[i])
  local mine = (i - 3) % #there == turn
  local holder = redis.call('GET', owner)
  if holder == me and not mine then
    redis.call('DEL', owner)
  elseif mine and (holder == me or not holder) then
    redis.call('SET', owner, me, 'PX', patience)
    held[#held + 1] = ARGV[i]
  end
end
return held
