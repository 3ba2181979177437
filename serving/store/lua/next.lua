-- ARGV: now, how many at most, for how long they are in hand (ms), open time zones as JSON, for how long those of
-- other zones are left (ms).
-- Returns until when they are in hand (ms), how many were looked at, then of those who are next and not decided on yet each with the queues in which they
-- are. Whoever is not next any more, or waits for what was promised, is decided on at their claim.
local zones = set_of(cjson.decode(ARGV[4]))
local due = redis.call('ZRANGEBYSCORE', KEY.next, '-inf', number(now), 'LIMIT', 0, ARGV[2])
local in_hand, other = number(now + ARGV[3]), number(now + ARGV[5])
if #due == 0 then return {in_hand, 0} end
local answers, later, gone = {in_hand, #due}, {}, {}

local function queues_of(known, item)
  local found = {known.customer}
  for queue, spot in pairs(item.places) do
    local cell = KEY.cell(queue, known.lane, spot[PLACE.cell])
    local rank = claimed_lately(queue) and redis.call('ZREVRANK', cell, known.customer)
    if rank and rank < LIMIT.next then found[#found + 1] = queue end
  end
  return found
end

local function is_open(item)
  local _, spot = next(item.places)
  return zones[zone_of(spot[PLACE.cell])]
end

for _, known in ipairs(facts_of(due)) do
  local item = item_of(known.text)
  local waits = item and not known.held and not known.promise and known.lane ~= LANE.later
  local told = waits and queues_of(known, item) or {}
  if #told < 2 then gone[#gone + 1] = known.customer
  else
    local open = is_open(item)
    later[#later + 1], later[#later + 2] = open and in_hand or other, known.customer
    if open then answers[#answers + 1] = told end
  end
end
each('ZADD', KEY.next, later)
each('ZREM', KEY.next, gone)
each('HDEL', KEY.prepared, gone)
return answers
