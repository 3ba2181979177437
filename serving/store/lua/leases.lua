-- Leases: holding, giving back, and ending.

local function hold(customer, id)
  local ids = redis.call('HGET', KEY.held_customers, customer)
  redis.call('HSET', KEY.held_customers, customer, ids and ids .. ' ' .. id or id)
end

local function unhold(customer, id)
  local left = {}
  for other in string.gmatch(redis.call('HGET', KEY.held_customers, customer) or '', '%S+') do
    if other ~= id then left[#left + 1] = other end
  end
  if #left > 0 then redis.call('HSET', KEY.held_customers, customer, table.concat(left, ' '))
  else redis.call('HDEL', KEY.held_customers, customer) end
end

-- Which of these phones somebody holds, as a set.
local function phones_held(phones)
  local held = {}
  if #phones == 0 then return held end
  for n, lease in ipairs(redis.call('HMGET', KEY.held_phones, unpack(phones))) do
    if lease then held[phones[n]] = true end
  end
  return held
end

-- Of these fields of a hash, those go that hold the value beside them; the others' places are returned.
local function drop(name, fields, values)
  local gone, others = {}, {}
  if #fields == 0 then return others end
  for n, value in ipairs(redis.call('HMGET', name, unpack(fields))) do
    if value == values[n] then gone[#gone + 1] = fields[n] else others[#others + 1] = n end
  end
  each('HDEL', name, gone)
  return others
end

local function forget_leases(ids, leases)
  local customers, phones, holders, loads, keys = {}, {}, {}, {}, {}
  for n, lease in ipairs(leases) do
    customers[n], loads[lease.agent] = lease.customer, (loads[lease.agent] or 0) + 1
    if lease.key then keys[lease.key] = (keys[lease.key] or 0) + 1 end
    for _, phone in ipairs(lease.phones) do
      phones[#phones + 1] = phone
      holders[#phones] = ids[n]
    end
  end
  redis.call('HDEL', KEY.leased, unpack(ids))
  redis.call('ZREM', KEY.leased_ends, unpack(ids))
  for _, n in ipairs(drop(KEY.held_customers, customers, ids)) do unhold(customers[n], ids[n]) end
  drop(KEY.held_phones, phones, holders)
  for name, counts in pairs({[KEY.loads] = loads, [KEY.key_loads] = keys}) do
    for holder, count in pairs(counts) do
      if redis.call('HINCRBY', name, holder, -count) <= 0 then redis.call('HDEL', name, holder) end
    end
  end
end

local function forget_lease(id, lease) forget_leases({id}, {lease}) end

local function lease_of(id)
  local text = redis.call('HGET', KEY.leased, id)
  return text and cmsgpack.unpack(text) or nil
end

local function keep_lease(id, lease)
  local text = cmsgpack.pack(lease)
  redis.call('HSET', KEY.leased, id, text)
  return text
end

-- The lease lasts so long from now on; its record.
local function prolong(id, lease, length)
  lease.ends = now + length
  redis.call('ZADD', KEY.leased_ends, number(lease.ends), id)
  return keep_lease(id, lease)
end

-- What these leases counted on their day is counted no longer.
local function count_no_longer(leases)
  local fewer = {}
  for _, lease in ipairs(leases) do
    local day = KEY.taken(lease.day)
    fewer[day] = fewer[day] or {}
    for _, name in ipairs(lease.counted) do fewer[day][name] = (fewer[day][name] or 0) + 1 end
  end
  for day, names in pairs(fewer) do
    if redis.call('EXISTS', day) == 1 then
      for name, count in pairs(names) do redis.call('HINCRBY', day, name, -count) end
    end
  end
end

-- The customer goes back to their place as if never claimed.
local function give_back(id, lease)
  forget_lease(id, lease)
  put_back({lease.customer}, {lease.since})
  count_no_longer({lease})
end

-- Leases that ended return their customers. A customer who was held twice goes back with the last of their leases.
local function expire(ids)
  local leases, customers, since, places = {}, {}, {}, {}
  for n, text in ipairs(redis.call('HMGET', KEY.leased, unpack(ids))) do
    local lease = cmsgpack.unpack(text)
    local place = places[lease.customer] or #customers + 1
    leases[n], places[lease.customer], customers[place], since[place] = lease, place, lease.customer, lease.since
  end
  forget_leases(ids, leases)
  put_back(customers, since)
  count_no_longer(leases)
  for n, lease in ipairs(leases) do
    tell(lease.partition, ids[n] .. '/expired', EVENT.expired, lease.customer, lease.ends,
      {lease_id = ids[n], queue = lease.queue, agent_id = lease.agent})
  end
end

-- Leases that ended return their customers; those whose time has come change lanes. At most `limit` of each.
local function settle(limit)
  local ended = redis.call('ZRANGEBYSCORE', KEY.leased_ends, '-inf', now, 'LIMIT', 0, limit)
  by_chunks(ended, expire)
  local moved = 0
  for _, waiting in ipairs({KEY.later, KEY.lane_ends}) do
    local ready = redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, limit)
    moved = moved + #ready
    by_chunks(ready, come_forward)
  end
  return #ended + moved
end
