-- ARGV: prefix, now, what is asked for as JSON: {queue, limit, ends (ms), agent, stem of the lease ids, skills, regions,
-- languages, zones where calls are allowed now, without: campaigns that may not be taken,
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

local left = {}
for name, most in pairs(asked.counters) do left[name] = most - tonumber(redis.call('HGET', DAY, name) or 0) end
local function used_up(name) return left[name] ~= nil and left[name] <= 0 end
local function is_top(head) return asked.top and head.lane == '' and head.score >= asked.top end
local function in_campaign(head) return 'campaign:' .. campaign_of(head.cell) end

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
local function counted(head)
  local names = {AGENT}
  if TEAM then names[#names + 1] = TEAM end
  if campaign_of(head.cell) ~= '' then names[#names + 1] = in_campaign(head) end
  if is_top(head) then names[#names + 1] = TOP end
  for _, name in ipairs(names) do
    grown[name] = (grown[name] or 0) + 1
    if left[name] then left[name] = left[name] - 1 end
  end
  return names
end

-- What is granted is written at the end, a call per key: a batch of 200 costs little more than its reads.
local leases, phones_taken, cells_left, laned = {}, {}, {}, {}
local function grant(head, item)
  for queue, spot in pairs(item.places) do
    local name = cell_key(queue, head.lane, spot[1])
    cells_left[name] = cells_left[name] or {}
    table.insert(cells_left[name], head.customer)
  end
  if head.lane ~= '' then laned[#laned + 1] = head.customer end
  for _, phone in ipairs(item.phones) do phones_taken[phone] = true end
  local spot = item.places[asked.queue]
  leases[#leases + 1] = {
    customer = head.customer, phones = item.phones, queue = asked.queue, agent = asked.agent, ends = asked.ends,
    partition = item.partition, cell = spot[1], priority = spot[2], action = spot[3], lane = head.lane, day = asked.day,
    counted = counted(head), at = now,
  }
end

local function is_phone_held(phones)
  for _, phone in ipairs(phones) do
    if phones_taken[phone] then return true end
  end
  return phone_held(phones)
end

local function each(command, name, values)
  if #values > 0 then redis.call(command, name, unpack(values)) end
end

local function write()
  local granted, customers, records, ends, holds, phones = {}, {}, {}, {}, {}, {}
  for n, lease in ipairs(leases) do customers[n] = lease.customer end
  local since = redis.call('ZMSCORE', WAITING, unpack(customers))
  local token = redis.call('INCRBY', key('token'), #leases) - #leases
  for n, lease in ipairs(leases) do
    local id = asked.stem .. '-' .. n
    lease.token, lease.since = token + n, tonumber(since[n] or now)
    local record = cmsgpack.pack(lease)
    for _, value in ipairs({id, record}) do
      granted[#granted + 1] = value
      records[#records + 1] = value
    end
    for _, value in ipairs({number(asked.ends), id}) do ends[#ends + 1] = value end
    for _, value in ipairs({lease.customer, id}) do holds[#holds + 1] = value end
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
  return granted
end

settle(200)
local most = asked.limit
if asked.most_held then
  most = math.min(most, asked.most_held - tonumber(redis.call('HGET', LOADS, asked.agent) or 0))
end
local function may_take_more() return #leases < most and not used_up(AGENT) and not (TEAM and used_up(TEAM)) end

for _, lane in ipairs({'top', 'due:' .. asked.agent, 'over', 'own:' .. asked.agent, ''}) do
  local sorted = {}
  if may_take_more() then add_heads(sorted, asked.queue, lane, matches) end
  table.sort(sorted, better)
  while #sorted > 0 and may_take_more() do
    local head = table.remove(sorted, 1)
    local rank = head.rank
    if is_top(head) and used_up(TOP) then
      rank = redis.call('ZCOUNT', head.name, number(asked.top), '+inf')
    elseif not used_up(in_campaign(head)) then
      local item = item_of(redis.call('HGET', ITEMS, head.customer))
      rank = rank + 1
      if not is_phone_held(item.phones) then grant(head, item) end
    end
    if not used_up(in_campaign(head)) then insert(sorted, head_of(head, rank)) end
  end
end
if #leases == 0 then return {} end
return write()
