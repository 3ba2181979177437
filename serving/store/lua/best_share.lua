-- ARGV: now, queue, share. The priority from which on a lead that is open to everyone is among the best share
-- of its queue, found by halving; nil where nobody waits.
local names, total, low, high = {}, 0, nil, nil
for _, cell in ipairs(redis.call('ZRANGE', KEY.cells(ARGV[2], LANE.open), 0, -1)) do
  local name = KEY.cell(ARGV[2], LANE.open, cell)
  local best, least = redis.call('ZREVRANGE', name, 0, 0, 'WITHSCORES'), redis.call('ZRANGE', name, 0, 0, 'WITHSCORES')
  if best[1] then
    names[#names + 1] = name
    total = total + redis.call('ZCARD', name)
    high, low = math.max(high or tonumber(best[2]), tonumber(best[2])), math.min(low or tonumber(least[2]), tonumber(least[2]))
  end
end
if total == 0 then return nil end
local wanted = math.ceil(total * tonumber(ARGV[3]))

local function count(line)
  local found = 0
  for _, name in ipairs(names) do found = found + redis.call('ZCOUNT', name, number(line), '+inf') end
  return found
end

-- `low` always leaves enough above it, `high` too few.
if count(high) >= wanted then return number(high) end
for _ = 1, 40 do
  local middle = low + (high - low) / 2
  if count(middle) >= wanted then low = middle else high = middle end
end
return number(low)
