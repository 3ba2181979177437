-- ARGV: prefix, now, queue, limit, ends (ms), agent, lease id stem, skills as JSON,
-- regions as JSON, time zones where calls are allowed now as JSON.
-- Returns for each lease its id and its record as JSON.
local queue, limit, ends, agent, stem = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
local skills, regions, zones = set_of(ARGV[8]), set_of(ARGV[9]), set_of(ARGV[10])
local any_skill, any_region = next(skills) == nil, next(regions) == nil

-- An item without a product line needs no skill; one without a region is for whoever does not ask for one.
local function matches(cell)
  local product, region = string.match(cell, '^([^|]*)|([^|]*)|')
  if not any_skill and product ~= '' and not skills[product] then return false end
  return (any_region or regions[region]) and zones[zone_of(cell)]
end

settle(200)
local granted, sorted = {}, heads(queue, matches)
while #sorted > 0 and #granted < 2 * limit do
  local head = table.remove(sorted, 1)
  local customer, rank = head[2], head[4]
  local item = item_of(customer)
  if item.phone ~= '' and redis.call('HEXISTS', PHONES, item.phone) == 1 then
    rank = rank + 1
  else
    take(customer, item)
    local id = stem .. '-' .. (#granted / 2 + 1)
    local lease = {
      token = redis.call('INCR', key('token')), customer = customer, phone = item.phone, queue = queue, agent = agent,
      ends = tonumber(ends), partition = item.partition, action = item.places[queue][3], product = item.places[queue][4],
      priority = item.places[queue][2],
    }
    local record = cjson.encode(lease)
    redis.call('HSET', LEASES, id, record)
    redis.call('ZADD', ENDS, ends, id)
    hold(customer, id)
    if item.phone ~= '' then redis.call('HSET', PHONES, item.phone, id) end
    granted[#granted + 1] = id
    granted[#granted + 1] = record
  end
  insert(sorted, head_of(head[3], rank))
end
return granted
