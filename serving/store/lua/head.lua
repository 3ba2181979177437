-- ARGV: prefix, now, queue, limit, open time zones as JSON.
-- Returns customer, item packed, state and lane for the best of a queue, in the order in which they are handed out.
local queue, limit, zones = ARGV[3], tonumber(ARGV[4]), set_of(cjson.decode(ARGV[5]))
local found, by_class = {}, {top = {}, due = {}, over = {}, own = {}, open = {}}
for _, lane in ipairs(redis.call('SMEMBERS', key('lanes:' .. queue))) do
  local class = lane == '' and 'open' or string.match(lane, '^[^:]*')
  add_walks(by_class[class], queue, lane, limit, function(_) return true end)
end

local function state_of(walk, phones)
  if next(phones_held(phones)) then return 'phone_held' end
  return zones[zone_of(walk.cell)] and 'ready' or 'outside_window'
end

for _, class in ipairs({'top', 'due', 'over', 'own', 'open'}) do
  local walks = heap(by_class[class])
  while walks[1] and #found < 4 * limit do
    local walk = walks[1]
    local text = redis.call('HGET', ITEMS, walk.customer)
    for _, part in ipairs({walk.customer, text, state_of(walk, item_of(text).phones), walk.lane}) do
      found[#found + 1] = part
    end
    step(walk)
    again(walks)
  end
end
return found
