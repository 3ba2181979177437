-- ARGV: prefix, now, what is asked for as JSON: {queue, limit, lasts (ms), agent, stem of the lease ids, skills,
-- regions, languages, zones where calls are allowed now, without: campaigns that may not be taken,
-- paused: objectives that may not be, day,
-- counters: {name: most that may be taken on the day}, and where they matter top: from which priority on a lead that is
-- open to everyone is a top one, team: the agent's, most_held: leases that the agent may hold at once}.
-- Returns for each lease its id and its record, packed.
local asked = cjson.decode(ARGV[3])
local skills, regions, languages = set_of(asked.skills), set_of(asked.regions), set_of(asked.languages)
local zones, without, paused = set_of(asked.zones), set_of(asked.without), set_of(asked.paused)
local any_skill, any_region, any_language = next(skills) == nil, next(regions) == nil, next(languages) == nil
local AGENT, TOP, DAY = 'agent:' .. asked.agent, 'top:' .. asked.agent, key('taken:' .. asked.day)
local TEAM = asked.team and 'team:' .. asked.team
local ends_at = now + asked.lasts

-- Leases that ended give their counts back before anything is counted.
settle(200)
local left = {}
for name, most in pairs(asked.counters) do left[name] = most - tonumber(redis.call('HGET', DAY, name) or 0) end
local function used_up(name) return left[name] ~= nil and left[name] <= 0 end
local function is_top(lead) return asked.top and lead.lane == '' and lead.score >= asked.top end
local function past_share(lead) return is_top(lead) and used_up(TOP) end

-- An item without a product line needs no skill, and one without a language speaks any; one without a region is for
-- whoever does not ask for one.
local function matches(cell)
  local product, region, zone, language, objective, campaign =
    string.match(cell, '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|(.*)$')
  return (any_skill or product == '' or skills[product]) and (any_region or regions[region])
    and (any_language or language == '' or languages[language]) and zones[zone] and not without[campaign] and not paused[objective]
    and not used_up('campaign:' .. campaign)
end

local grown = {}
local function counted(lead)
  local names = {AGENT}
  if TEAM then names[#names + 1] = TEAM end
  if lead.campaign ~= 'campaign:' then names[#names + 1] = lead.campaign end
  if is_top(lead) then names[#names + 1] = TOP end
  for _, name in ipairs(names) do
    grown[name] = (grown[name] or 0) + 1
    if left[name] then left[name] = left[name] - 1 end
  end
  return names
end

-- What is granted is written at the end, a call per key: a batch of 200 costs little more than its reads.
local leases, phones_taken, cells_left, laned = {}, {}, {}, {}
local function grant(lead, item)
  for queue, spot in pairs(item.places) do
    local name = cell_key(queue, lead.lane, spot[1])
    cells_left[name] = cells_left[name] or {}
    table.insert(cells_left[name], lead.customer)
  end
  if lead.lane ~= '' then laned[#laned + 1] = lead.customer end
  for _, phone in ipairs(item.phones) do phones_taken[phone] = true end
  local spot = item.places[asked.queue]
  leases[#leases + 1] = {
    customer = lead.customer, phones = item.phones, queue = asked.queue, agent = asked.agent, ends = ends_at,
    partition = item.partition, cell = spot[1], priority = spot[2], action = spot[3], lane = lead.lane, day = asked.day,
    counted = counted(lead), at = now,
  }
end

-- The next best that may be taken as far as the walks know, at most so many.
local function drawn(walks, count)
  local leads = {}
  while walks[1] and #leads < count do
    local walk = walks[1]
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
  for n, text in ipairs(redis.call('HMGET', ITEMS, unpack(customers))) do
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

local function write()
  local customers, records, ends, holds, phones = {}, {}, {}, {}, {}, {}
  for n, lease in ipairs(leases) do customers[n] = lease.customer end
  local since = redis.call('ZMSCORE', WAITING, unpack(customers))
  local token = redis.call('INCRBY', key('token'), #leases) - #leases
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
  each('HSET', LEASES, records)
  each('ZADD', ENDS, ends)
  each('HSET', CUSTOMERS, holds)
  each('HSET', PHONES, phones)
  each('ZREM', WAITING, customers)
  for name, names in pairs(cells_left) do each('ZREM', name, names) end
  each('ZREM', TURNS, laned)
  each('HDEL', LANE, laned)
  for name, count in pairs(grown) do redis.call('HINCRBY', DAY, name, count) end
  redis.call('EXPIRE', DAY, 172800)
  redis.call('HINCRBY', LOADS, asked.agent, #leases)
  return records
end

local most = asked.limit
if asked.most_held then
  most = math.min(most, asked.most_held - tonumber(redis.call('HGET', LOADS, asked.agent) or 0))
end
local function may_take_more() return #leases < most and not used_up(AGENT) and not (TEAM and used_up(TEAM)) end

-- In each round as many as are wanted still, and more when phones keep being held.
local function take(walks)
  local least = 1
  while walks[1] and may_take_more() do
    local leads = drawn(walks, math.max(most - #leases, least))
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

for _, lane in ipairs({'top', 'due:' .. asked.agent, 'over', 'own:' .. asked.agent, ''}) do
  local walks = {}
  if may_take_more() then add_walks(walks, asked.queue, lane, most - #leases, matches) end
  take(heap(walks))
end
if #leases == 0 then return {} end
return write()
