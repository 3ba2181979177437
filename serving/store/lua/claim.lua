-- ARGV: now, what is asked for as JSON (Asked).
-- Returns for each lease its id, its record, packed, and where what was decided ahead stands, and it is handed over, the
-- decision's row and how they are called ('' else); or 0 and zones of which it is not said whether they are open.
local asked = cjson.decode(ARGV[2])
local skills, regions, languages = set_of(asked.skills), set_of(asked.regions), set_of(asked.languages)
local zones, closed, without, paused = set_of(asked.zones), set_of(asked.closed), set_of(asked.without), set_of(asked.paused)
local any_skill, any_region, any_language = next(skills) == nil, next(regions) == nil, next(languages) == nil
local AGENT, TOP, DAY = GRANTED.agent .. asked.agent, GRANTED.top .. asked.agent, KEY.taken(asked.day)
local TEAM = asked.team and GRANTED.team .. asked.team
local ends_at = now + asked.lasts
-- So many of a cell are read at once, at first.
local AHEAD = math.min(asked.limit, 8)
-- So many cells are read at once, at first: the best leads stand in few.
local CELLS = 16

local unknown = {0}
for _, zone in ipairs(redis.call('SMEMBERS', KEY.zones)) do
  if not zones[zone] and not closed[zone] then unknown[#unknown + 1] = zone end
end
if #unknown > 1 then return unknown end

if asked.versions ~= '' then note_claim(asked.queue) end

-- Leases that ended give their counts back before anything is counted.
settle(200)
local left = {}
-- What counts all that is taken with the key within this hour, where that is limited.
local KEY_HOUR
for name, most in pairs(asked.counters) do
  left[name] = most - tonumber(redis.call('HGET', DAY, name) or 0)
  if string.sub(name, 1, #GRANTED.key_hour) == GRANTED.key_hour then KEY_HOUR = name end
end
local function used_up(name) return left[name] ~= nil and left[name] <= 0 end
local function is_top(lead) return asked.top and lead.lane == LANE.open and lead.score >= asked.top end
local function past_share(lead) return is_top(lead) and used_up(TOP) end

-- An item without a product line needs no skill, and one without a language speaks any; one without a region is for
-- whoever does not ask for one.
local function matches(cell)
  local CELL.names = string.match(cell, CELL.parts)
  return (any_skill or product == '' or skills[product]) and (any_region or regions[region])
    and (any_language or language == '' or languages[language]) and zones[zone] and not without[campaign] and not paused[objective]
    and not used_up(GRANTED.campaign .. campaign)
end

local grown = {}
local function grow(name)
  grown[name] = (grown[name] or 0) + 1
  if left[name] then left[name] = left[name] - 1 end
end

-- Counts a lead; what is answered is counted back where it is given back. A number that was learned stays learned.
local function counted(lead)
  local names = {AGENT}
  if TEAM then names[#names + 1] = TEAM end
  if lead.campaign ~= GRANTED.campaign then names[#names + 1] = lead.campaign end
  if is_top(lead) then names[#names + 1] = TOP end
  for _, name in ipairs(names) do grow(name) end
  if KEY_HOUR then grow(KEY_HOUR) end
  return names
end

-- What is granted is written at the end, a call per key: a batch of 200 costs little more than its reads.
local leases, phones_taken, cells_left, laned = {}, {}, {}, {}
local function grant(lead, item)
  for queue, spot in pairs(item.places) do
    local name = KEY.cell(queue, lead.lane, spot[PLACE.cell])
    cells_left[name] = cells_left[name] or {queue = queue, customers = {}}
    table.insert(cells_left[name].customers, lead.customer)
  end
  if lead.lane ~= LANE.open then laned[#laned + 1] = lead.customer end
  for _, phone in ipairs(item.phones) do phones_taken[phone] = true end
  local spot = item.places[asked.queue]
  leases[#leases + 1] = {
    customer = lead.customer, phones = item.phones, queue = asked.queue, agent = asked.agent, ends = ends_at,
    partition = item.partition, cell = spot[PLACE.cell], priority = spot[PLACE.priority],
    action = spot[PLACE.action], lane = lead.lane, day = asked.day,
    counted = counted(lead), at = now, key = asked.key,
  }
end

-- The next best that may be taken as far as the walks know, at most so many.
local function drawn(walks, waiting, count)
  local leads = {}
  while #leads < count do
    local walk = best_of(walks, waiting, AHEAD, matches)
    if not walk then break end
    if used_up(walk.campaign) then
      walk.customer = nil
    elseif past_share(walk) then
      step(walk, redis.call('ZCOUNT', walk.name, number(asked.top), '+inf'))
    else
      leads[#leads + 1] = {
        customer = walk.customer, score = walk.score, lane = walk.lane, campaign = walk.campaign
      }
      step(walk)
    end
    again(walks)
  end
  return leads
end

-- Their items, and which of their phones somebody holds.
local function looked_up(leads)
  local customers, phones, items = {}, {}, {}
  for n, lead in ipairs(leads) do customers[n] = lead.customer end
  for n, text in ipairs(redis.call('HMGET', KEY.items, unpack(customers))) do
    items[n] = item_of(text)
    for _, phone in ipairs(items[n].phones) do phones[#phones + 1] = phone end
  end
  return items, phones_held(phones)
end

local function any_of(names, set)
  for _, name in ipairs(names) do
    if set[name] then return true end
  end
  return false
end

-- The lead is its agent's by what was decided ahead: as `handover` does it.
local written_end
local function hand_over(id, lease, offer)
  written_end = written_end or written(ends_at)
  tell(lease.partition, id .. '/granted', EVENT.granted, lease.customer, now, {
    lease_id = id, queue = lease.queue, agent_id = lease.agent, token = lease.token, expires_at = written_end,
    decision_id = offer[OFFER.decision],
  })
  redis.call('SET', KEY.lease_purpose(id), offer[OFFER.lease], 'EX', LIMIT.lease_seconds)
  keep_decision(offer[OFFER.decision], offer[OFFER.row], offer[OFFER.purpose], lease.customer, number(offer[OFFER.at]),
    offer[OFFER.event])
  for _, endpoint in ipairs(asked.endpoints) do send(endpoint, offer[OFFER.event]) end
end

-- Of the leases that were granted what was decided ahead, by their customers.
local function decided_ahead()
  if asked.versions == '' then return {} end
  local found = take_prepared(leases, asked)
  for customer, offer in pairs(found) do
    if without[offer[OFFER.campaign]] or paused[offer[OFFER.objective]] then found[customer] = nil end
  end
  return found
end

local function answers(records)
  local ahead, found = decided_ahead(), {}
  for n, lease in ipairs(leases) do
    local offer, id = ahead[lease.customer], records[2 * n - 1]
    if offer then hand_over(id, lease, offer) end
    found[#found + 1], found[#found + 2] = id, records[2 * n]
    found[#found + 1], found[#found + 2] = offer and offer[OFFER.row] or '', offer and offer[OFFER.call] or ''
  end
  return found
end

-- Who is next now that these have left, in queues from which somebody claims.
local function next_after(gone)
  local found, claimed = {}, {}
  for name, cell in pairs(gone) do
    if claimed[cell.queue] == nil then claimed[cell.queue] = claimed_lately(cell.queue) end
    if claimed[cell.queue] then
      local from = math.max(LIMIT.next - #cell.customers, 0)
      for _, customer in ipairs(redis.call('ZREVRANGE', name, from, LIMIT.next - 1)) do found[#found + 1] = customer end
    end
  end
  return found
end

local function write()
  local customers, records, ends, holds, phones = {}, {}, {}, {}, {}, {}
  for n, lease in ipairs(leases) do customers[n] = lease.customer end
  local since = redis.call('ZMSCORE', KEY.waiting, unpack(customers))
  local token = redis.call('INCRBY', KEY.token, #leases) - #leases
  for n, lease in ipairs(leases) do
    local id = asked.stem .. '-' .. n
    lease.token, lease.since = token + n, tonumber(since[n] or now)
    local here = 2 * n - 1
    records[here], records[here + 1] = id, cmsgpack.pack(lease)
    ends[here], ends[here + 1] = number(ends_at), id
    holds[here], holds[here + 1] = lease.customer, id
    for _, phone in ipairs(lease.phones) do
      phones[#phones + 1] = phone
      phones[#phones + 1] = id
    end
  end
  each('HSET', KEY.leased, records)
  each('ZADD', KEY.leased_ends, ends)
  each('HSET', KEY.held_customers, holds)
  each('HSET', KEY.held_phones, phones)
  each('ZREM', KEY.waiting, customers)
  for name, left_here in pairs(cells_left) do each('ZREM', name, left_here.customers) end
  want(next_after(cells_left))
  each('ZREM', KEY.lane_ends, laned)
  each('HDEL', KEY.lane, laned)
  for name, count in pairs(grown) do redis.call('HINCRBY', DAY, name, count) end
  redis.call('EXPIRE', DAY, 172800)
  redis.call('HINCRBY', KEY.loads, asked.agent, #leases)
  if asked.key then redis.call('HINCRBY', KEY.key_loads, asked.key, #leases) end
  return records
end

local most = asked.limit
if asked.most_held then
  most = math.min(most, asked.most_held - tonumber(redis.call('HGET', KEY.loads, asked.agent) or 0))
end
if asked.most_of_key then
  most = math.min(most, asked.most_of_key - tonumber(redis.call('HGET', KEY.key_loads, asked.key) or 0))
end
local function may_take_more() return #leases < most and not used_up(AGENT) and not (TEAM and used_up(TEAM)) and not (KEY_HOUR and used_up(KEY_HOUR)) end

-- In each round as many as are wanted still, and more when phones keep being held.
local function take(waiting)
  local walks, least = {}, 1
  while may_take_more() do
    local leads = drawn(walks, waiting, math.max(most - #leases, least))
    if #leads == 0 then return end
    local items, held_phones = looked_up(leads)
    for n, lead in ipairs(leads) do
      if not may_take_more() then return end
      local phones = items[n].phones
      local free = not any_of(phones, held_phones) and not any_of(phones, phones_taken)
      if free and not used_up(lead.campaign) and not past_share(lead) then grant(lead, items[n]) end
    end
    least = math.min(2 * least, 256)
  end
end

for _, class in ipairs(LANES.handed_out) do
  local waiting, lane = {}, class
  if OF_AGENTS[class] then lane = lane_of_agent(class, asked.agent) end
  if may_take_more() then look_up_cells(waiting, asked.queue, lane, CELLS) end
  take(waiting)
end
if #leases == 0 then return {} end
return answers(write())
