-- ARGV: now, queue, limit, open time zones as JSON.
-- Returns a row (HeadRow) for each of the best of a queue, in the order in which they are handed out, one after another.
local queue, limit, zones = ARGV[2], tonumber(ARGV[3]), set_of(cjson.decode(ARGV[4]))
local found, by_class = {}, {}
for _, class in ipairs(LANES.handed_out) do by_class[class] = {} end
for _, lane in ipairs(redis.call('SMEMBERS', KEY.lanes(queue))) do
  look_up_cells(by_class[class_of(lane)], queue, lane, -1)
end

local function state_of(walk, phones)
  if next(phones_held(phones)) then return STATE.phone_held end
  return zones[zone_of(walk.cell)] and STATE.ready or STATE.outside_window
end

local function any() return true end

for _, class in ipairs(LANES.handed_out) do
  local walks, waiting = {}, by_class[class]
  table.sort(waiting, function(a, b) return a.most < b.most end)
  while #found < HEAD.lane * limit do
    local walk = best_of(walks, waiting, math.min(limit, 8), any)
    if not walk then break end
    local text = redis.call('HGET', KEY.items, walk.customer)
    local at = #found
    found[at + HEAD.customer], found[at + HEAD.item] = walk.customer, text
    found[at + HEAD.state], found[at + HEAD.lane] = state_of(walk, item_of(text).phones), walk.lane
    step(walk)
    again(walks)
  end
end
return found
