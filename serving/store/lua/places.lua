-- Where leads stand: entering, leaving and moving between the cells of their lane.

local indexed = {}
local function enter(customer, queue, lane, spot)
  local cell = spot[PLACE.cell]
  local name = KEY.cell(queue, lane, cell)
  redis.call('ZADD', name, number(spot[PLACE.priority]), customer)
  if redis.call('ZREVRANK', name, customer) < LIMIT.next then want({customer}) end
  local priority = spot[PLACE.priority]
  if (indexed[name] or -math.huge) >= priority then return end
  redis.call('ZADD', KEY.cells(queue, lane), 'GT', number(priority), cell)
  local known = indexed[name]
  indexed[name] = priority
  if known then return end
  redis.call('SADD', KEY.lanes(queue), lane)
  redis.call('SADD', KEY.zones, zone_of(cell))
end

-- Take a customer out of every queue; what is known about them stays in `items`.
local function leave(known, item)
  local customer, lane = known.customer, known.lane
  if lane == LANE.later then redis.call('ZREM', KEY.later, customer)
  else
    for queue, spot in pairs(item.places) do redis.call('ZREM', KEY.cell(queue, lane, spot[PLACE.cell]), customer) end
  end
  if lane ~= LANE.open then
    redis.call('ZREM', KEY.lane_ends, customer)
    redis.call('HDEL', KEY.lane, customer)
  end
  known.lane = LANE.open
end

-- since: from when they have waited, where that is not now.
local function stand(known, item, lane, ends, since)
  local customer = known.customer
  if lane == LANE.later then
    redis.call('ZADD', KEY.later, number(ends), customer)
    redis.call('ZREM', KEY.waiting, customer)
  else
    redis.call('ZADD', KEY.waiting, 'NX', number(since or now), customer)
    for queue, spot in pairs(item.places) do enter(customer, queue, lane, spot) end
    if ends then redis.call('ZADD', KEY.lane_ends, number(ends), customer) end
  end
  if lane ~= LANE.open then redis.call('HSET', KEY.lane, customer, lane) end
  known.lane = lane
end

-- In the lane where they stand: only what is another place or priority is written.
local function shift(known, before, item)
  local customer, lane = known.customer, known.lane
  for queue, spot in pairs(before.places) do
    local after = item.places[queue]
    local cell = spot[PLACE.cell]
    if not after or after[PLACE.cell] ~= cell then redis.call('ZREM', KEY.cell(queue, lane, cell), customer) end
  end
  for queue, spot in pairs(item.places) do
    local so_far = before.places[queue]
    local there = so_far and so_far[PLACE.cell] == spot[PLACE.cell]
    if not there or so_far[PLACE.priority] ~= spot[PLACE.priority] then enter(customer, queue, lane, spot) end
  end
end

-- A customer who stands by `before` goes where they belong now by `item`.
local function move(known, before, item)
  local lane, ends = lane_of(known, item)
  if lane == known.lane and lane ~= LANE.later then return shift(known, before, item) end
  leave(known, before)
  stand(known, item, lane, ends)
end

-- Customers who stood nowhere get their place, unless somebody holds them. since: from when each has waited, at their
-- place in the list.
local function put_back(customers, since)
  for n, known in ipairs(facts_of(customers)) do
    local item = item_of(known.text)
    if not item then
      redis.call('HDEL', KEY.reserved, known.customer)
    elseif not known.held then
      local lane, ends = lane_of(known, item)
      stand(known, item, lane, ends, since[n])
    end
  end
end

local function come_forward(customers)
  for _, known in ipairs(facts_of(customers)) do
    local item = item_of(known.text)
    move(known, item, item)
  end
end

-- Nothing is left of a customer where they stand by their id.
local function forget_entries(customer)
  for _, name in ipairs(ENTRIES.hashes) do redis.call('HDEL', name, customer) end
  for _, name in ipairs(ENTRIES.sorted) do redis.call('ZREM', name, customer) end
end
