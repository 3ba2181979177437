-- Who is at work on a day and shares with others, and what all of them have had, in sums: one more agent costs nothing.
-- ARGV: prefix, day, counter (`top:A`, `team:T`), since when whoever claimed counts as at work (ms), and to note a turn
-- of the counter: at (ms), weight (millionths), start, 1 where content, had.
-- Returns whether they are at work, the start of their latest turn, what they have had by now, and of the others at work
-- weight and had (with starts), then the same of those who are content.
-- at      zset   counters of a kind that are at work, by when they claimed last
-- turns   hash   counter -> packed {weight, start, content, had}
-- sums    of those at work, packed: weight, had, weight and had of those who are content
local prefix, day, name, since = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local kind = string.match(name, '^[^:]*')
local function key(part) return prefix .. ':shares:' .. day .. ':' .. kind .. ':' .. part end
local AT, TURNS, SUMS = key('at'), key('turns'), key('sums')
local packed = redis.call('GET', SUMS)
local sums = packed and cmsgpack.unpack(packed) or {0, 0, 0, 0}

local function turn_of(counter)
  local text = redis.call('HGET', TURNS, counter)
  return text and cmsgpack.unpack(text) or {0, 0, 0, 0}
end

local function add(all, turn, sign)
  local weight, had = sign * turn[1], sign * (turn[2] + turn[4])
  all[1], all[2] = all[1] + weight, all[2] + had
  if turn[3] == 1 then all[3], all[4] = all[3] + weight, all[4] + had end
end

local idle = redis.call('ZRANGEBYSCORE', AT, '-inf', '(' .. since)
for _, counter in ipairs(idle) do
  add(sums, turn_of(counter), -1)
  redis.call('ZREM', AT, counter)
end
local turn, at_work = turn_of(name), redis.call('ZSCORE', AT, name) and 1 or 0
local start, others = turn[2], {unpack(sums)}
if at_work == 1 then add(others, turn, -1) end
if ARGV[5] then
  sums = {unpack(others)}
  turn = {tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])}
  redis.call('HSET', TURNS, name, cmsgpack.pack(turn))
  redis.call('ZADD', AT, ARGV[5], name)
  add(sums, turn, 1)
end
if ARGV[5] or #idle > 0 then
  redis.call('SET', SUMS, cmsgpack.pack(sums))
  for _, kept in ipairs({AT, TURNS, SUMS}) do redis.call('EXPIRE', kept, 172800) end
end
local had = tonumber(redis.call('HGET', prefix .. ':taken:' .. day, name) or 0)
return {at_work, start, had, unpack(others)}
