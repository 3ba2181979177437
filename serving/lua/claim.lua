-- ARGV: prefix, now, what is asked for as JSON: {queue, limit, ends (ms), agent, stem of the lease ids, skills, regions,
-- languages, zones where calls are allowed now, without: campaigns that may not be taken, day,
-- counters: {name: most that may be taken on the day}, and where they matter top: from which priority on a lead that is
-- open to everyone is a top one, team: the agent's, most_held: leases that the agent may hold at once}.
-- Returns for each lease its id and its record, packed.
local asked = cjson.decode(ARGV[3])
local skills, regions, languages = set_of(asked.skills), set_of(asked.regions), set_of(asked.languages)
local zones, without = set_of(asked.zones), set_of(asked.without)
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
  local product, region, zone, language, campaign = string.match(cell, '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|(.*)$')
  return (any_skill or product == '' or skills[product]) and (any_region or regions[region])
    and (any_language or language == '' or languages[language]) and zones[zone] and not without[campaign]
    and not used_up('campaign:' .. campaign)
end

local function counted(head)
  local names = {AGENT}
  if TEAM then names[#names + 1] = TEAM end
  if campaign_of(head.cell) ~= '' then names[#names + 1] = in_campaign(head) end
  if is_top(head) then names[#names + 1] = TOP end
  for _, name in ipairs(names) do
    redis.call('HINCRBY', DAY, name, 1)
    if left[name] then left[name] = left[name] - 1 end
  end
  return names
end

local granted = {}
local function grant(head, item)
  leave({customer = head.customer, lane = head.lane}, item)
  local id = asked.stem .. '-' .. (#granted / 2 + 1)
  local spot = item.places[asked.queue]
  local lease = {
    token = redis.call('INCR', key('token')), customer = head.customer, phones = item.phones, queue = asked.queue,
    agent = asked.agent, ends = asked.ends, partition = item.partition, cell = spot[1], priority = spot[2],
    action = spot[3], lane = head.lane, day = asked.day, counted = counted(head), at = now,
    since = tonumber(redis.call('ZSCORE', WAITING, head.customer) or now),
  }
  redis.call('ZADD', ENDS, number(asked.ends), id)
  redis.call('ZREM', WAITING, head.customer)
  redis.call('HINCRBY', LOADS, asked.agent, 1)
  hold(head.customer, id)
  for _, phone in ipairs(item.phones) do redis.call('HSET', PHONES, phone, id) end
  granted[#granted + 1] = id
  granted[#granted + 1] = keep_lease(id, lease)
end

settle(200)
local most = asked.limit
if asked.most_held then
  most = math.min(most, asked.most_held - tonumber(redis.call('HGET', LOADS, asked.agent) or 0))
end
local function may_take_more() return #granted < 2 * most and not used_up(AGENT) and not (TEAM and used_up(TEAM)) end

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
      if phone_held(item.phones) then rank = rank + 1 else grant(head, item) end
    end
    if not used_up(in_campaign(head)) then insert(sorted, head_of(head, rank)) end
  end
end
if #granted > 0 then redis.call('EXPIRE', DAY, 172800) end
return granted
