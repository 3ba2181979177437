-- Shared by every script of the queue. ARGV[1] is the key prefix, ARGV[2] the caller's time in milliseconds.
-- What is packed is MessagePack.
-- clock        how far the service's time is ahead of this store's (ms), while a worker keeps it
-- items        hash   customer -> packed {phones, owner, reserve (ms), partition, {queue: {cell, priority, action}}}
-- cell:Q:L|C   zset   customers of queue Q in lane L and cell C ("product|region|zone|language|objective|campaign") by priority
-- cells:Q:L    set    cells of a lane that may hold customers; lanes:Q: set of lanes that may have cells
-- lane         hash   customer -> the lane they stand in, where it is not the open one
-- zones        set    time zones that cells name; '' is the workspace's own
-- later        zset   customers that wait for a time, by that time; their lane is `later`
-- turns        zset   customers that stand in a lane until a time, by that time
-- rest         hash   customer -> ms before which nobody calls, set by outcomes
-- retries      hash   customer -> ms from when they are tried again after a call that reached nobody
-- promises     hash   customer -> packed {agent, due (ms), until when it is that agent's alone (ms), what was told of it as
--                     JSON, and where a dialer could not take it: ms before which it is not handed out again}
-- pushed       hash   customer -> who pushed them to the top, and why, as JSON
-- reserved     hash   customer -> packed {owner, since (ms), 1 when recalled}
-- attempts     hash   customer -> packed {day, today, total, misses, {phone: {day, today, total, reached, wrong}},
--                     {hour: {calls, reached}}}
-- hours        hash   H:calls, H:reached -> how many, of everyone in that local hour
-- leased       hash   lease -> packed {token, customer, ...}; leased_ends: zset of leases by expiry
-- holds:customers, holds:phones   hashes -> lease; two, with a blank between, where two held customers became one
-- taken:DAY    hash   what was granted on a day: agent:A, campaign:C, top:A, team:T -> how many
-- loads        hash   agent -> leases held now
-- waiting      zset   customers that stand in a lane other than `later`, by since when (ms)
-- recalls      zset   customers that were recalled, by when; recalled: hash of them -> packed {agent, queue, since, what
--                     it was: `own_customer` or `callback`}
-- numbers      zset   digests of numbers at which nobody is called, by since when (us)
-- resting:D    zset   customers that rest after disposition D, by until when
local prefix = ARGV[1]
local function key(name) return prefix .. ':' .. name end

-- While a worker keeps it there is one clock, the store's: a caller whose own is wrong ends nobody's lease early.
local function time_of(caller)
  local ahead = redis.call('GET', key('clock'))
  if not ahead then return caller end
  local clock = redis.call('TIME')
  return clock[1] * 1000 + math.floor(clock[2] / 1000) + tonumber(ahead)
end

local now = time_of(tonumber(ARGV[2]))
local ITEMS, LANE, LATER, TURNS = key('items'), key('lane'), key('later'), key('turns')
local REST, PROMISES, PUSHED, RESERVED = key('rest'), key('promises'), key('pushed'), key('reserved')
local LEASES, ENDS = key('leased'), key('leased_ends')
local CUSTOMERS, PHONES = key('holds:customers'), key('holds:phones')
local LOADS, WAITING, RECALLS, RECALLED = key('loads'), key('waiting'), key('recalls'), key('recalled')
local ATTEMPTS, HOURS, RETRIES = key('attempts'), key('hours'), key('retries')
local NEVER = 9000000000000

local function cell_key(queue, lane, cell) return key('cell:' .. queue .. ':' .. lane .. '|' .. cell) end
local function cells_key(queue, lane) return key('cells:' .. queue .. ':' .. lane) end
local function zone_of(cell) return string.match(cell, '^[^|]*|[^|]*|([^|]*)') end
local function campaign_of(cell) return string.match(cell, '^.*|(.*)$') end
local function number(value) return string.format('%.17g', value) end

local function item_of(text)
  if not text or text == '' then return nil end
  local row = cmsgpack.unpack(text)
  return {phones = row[1], owner = row[2], reserve = row[3], partition = row[4], places = row[5]}
end

-- What is known of customers, in their order.
local function facts_of(customers)
  local texts, holds = redis.call('HMGET', ITEMS, unpack(customers)), redis.call('HMGET', CUSTOMERS, unpack(customers))
  local rests, lanes = redis.call('HMGET', REST, unpack(customers)), redis.call('HMGET', LANE, unpack(customers))
  local pushes = redis.call('HMGET', PUSHED, unpack(customers))
  local promises = redis.call('HMGET', PROMISES, unpack(customers))
  local reserved = redis.call('HMGET', RESERVED, unpack(customers))
  local found = {}
  for i, customer in ipairs(customers) do
    found[i] = {
      customer = customer, text = texts[i], held = holds[i], rest = tonumber(rests[i] or 0), lane = lanes[i] or '',
      pushed = pushes[i], promise = promises[i] and cmsgpack.unpack(promises[i]),
      reserved = reserved[i] and cmsgpack.unpack(reserved[i]),
    }
  end
  return found
end

local function tell(partition, id, kind, customer, time, data)
  local event = string.format(
    '{"id":%s,"source":"nextlead/leases","type":"%s","customer_id":%s,"time":%.0f000,"data":%s}',
    cjson.encode(id), kind, cjson.encode(customer), time, cjson.encode(data))
  redis.call('XADD', key('stream:' .. partition), '*', 'event', event)
end

-- The queue that a customer is worth most in; `all` only where there is no other.
local function main_queue(item)
  local best
  for queue, spot in pairs(item.places) do
    local worst = best == nil or best == 'all'
    if worst or queue ~= 'all' and (spot[2] > item.places[best][2] or spot[2] == item.places[best][2] and queue < best) then
      best = queue
    end
  end
  return best
end

-- Why a customer rests, and until when, so that those who rest can be counted by reason.
local function keep_rest(customer, disposition, ends)
  redis.call('ZADD', key('resting:' .. disposition), number(ends), customer)
  redis.call('SADD', key('resting'), disposition)
end

local function forget_rest(customer)
  for _, disposition in ipairs(redis.call('SMEMBERS', key('resting'))) do
    redis.call('ZREM', key('resting:' .. disposition), customer)
  end
end

-- A customer who was somebody's alone since a time is anyone's from `at` on: told once. The latest recall of a customer
-- is kept, of at most 10,000 customers.
local function recall(customer, item, agent, since, at, what)
  local queue = main_queue(item)
  tell(item.partition, string.format('%s/recalled/%.0f', customer, since), 'lead.recalled', customer, at,
    {queue = queue, agent_id = agent, since = since, what = what})
  redis.call('ZADD', RECALLS, number(at), customer)
  redis.call('HSET', RECALLED, customer, cmsgpack.pack({agent, queue or '', since, what}))
  if redis.call('ZCARD', RECALLS) > 10000 then redis.call('HDEL', RECALLED, redis.call('ZPOPMIN', RECALLS)[1]) end
end

-- The lane of a customer who is ready: their owner's for the service time, then everyone's, which is told once.
local function owned_lane(known, item)
  if item.owner == '' then
    if known.reserved then redis.call('HDEL', RESERVED, known.customer) end
    return ''
  end
  local kept = known.reserved
  if not kept or kept[1] ~= item.owner then
    kept = {item.owner, now, 0}
    redis.call('HSET', RESERVED, known.customer, cmsgpack.pack(kept))
  end
  local ends = kept[2] + item.reserve
  if now < ends then return 'own:' .. item.owner, ends end
  if kept[3] == 0 then
    kept[3] = 1
    redis.call('HSET', RESERVED, known.customer, cmsgpack.pack(kept))
    recall(known.customer, item, item.owner, kept[2], ends, 'own_customer')
  end
  return ''
end

-- Where a customer who is not held belongs now, and until when, if that is known.
local function lane_of(known, item)
  local promise, from = known.promise, known.rest
  if promise and from < NEVER then from = math.max(promise[2], promise[5] or 0) end
  if from > now then return 'later', from end
  if known.pushed then return 'top' end
  if promise then
    if now < promise[3] then return 'due:' .. promise[1], promise[3] end
    if tonumber(redis.call('ZSCORE', RECALLS, known.customer) or 0) ~= promise[3] then
      recall(known.customer, item, promise[1], promise[2], promise[3], 'callback')
    end
    return 'over'
  end
  return owned_lane(known, item)
end

local indexed = {}
local function enter(customer, queue, lane, spot)
  local name = cell_key(queue, lane, spot[1])
  redis.call('ZADD', name, number(spot[2]), customer)
  if indexed[name] then return end
  indexed[name] = true
  redis.call('SADD', cells_key(queue, lane), spot[1])
  redis.call('SADD', key('lanes:' .. queue), lane)
  redis.call('SADD', key('zones'), zone_of(spot[1]))
end

-- Take a customer out of every queue; what is known about them stays in `items`.
local function leave(known, item)
  local customer, lane = known.customer, known.lane
  if lane == 'later' then redis.call('ZREM', LATER, customer)
  else
    for queue, spot in pairs(item.places) do redis.call('ZREM', cell_key(queue, lane, spot[1]), customer) end
  end
  if lane ~= '' then
    redis.call('ZREM', TURNS, customer)
    redis.call('HDEL', LANE, customer)
  end
  known.lane = ''
end

-- since: from when they have waited, where that is not now.
local function stand(known, item, lane, turns, since)
  local customer = known.customer
  if lane == 'later' then
    redis.call('ZADD', LATER, number(turns), customer)
    redis.call('ZREM', WAITING, customer)
  else
    redis.call('ZADD', WAITING, 'NX', number(since or now), customer)
    for queue, spot in pairs(item.places) do enter(customer, queue, lane, spot) end
    if turns then redis.call('ZADD', TURNS, number(turns), customer) end
  end
  if lane ~= '' then redis.call('HSET', LANE, customer, lane) end
  known.lane = lane
end

-- In the lane where they stand: only what is another place or priority is written.
local function shift(known, before, item)
  local customer, lane = known.customer, known.lane
  for queue, spot in pairs(before.places) do
    local after = item.places[queue]
    if not after or after[1] ~= spot[1] then redis.call('ZREM', cell_key(queue, lane, spot[1]), customer) end
  end
  for queue, spot in pairs(item.places) do
    local so_far = before.places[queue]
    local there = so_far and so_far[1] == spot[1]
    if not there or so_far[2] ~= spot[2] then enter(customer, queue, lane, spot) end
  end
end

-- A customer who stands by `before` goes where they belong now by `item`.
local function move(known, before, item)
  local lane, turns = lane_of(known, item)
  if lane == known.lane and lane ~= 'later' then return shift(known, before, item) end
  leave(known, before)
  stand(known, item, lane, turns)
end

-- Customers who stood nowhere get their place, unless somebody holds them. since: from when each has waited, at their
-- place in the list.
local function put_back(customers, since)
  for n, known in ipairs(facts_of(customers)) do
    local item = item_of(known.text)
    if not item then
      redis.call('HDEL', RESERVED, known.customer)
    elseif not known.held then
      local lane, turns = lane_of(known, item)
      stand(known, item, lane, turns, since[n])
    end
  end
end

local function hold(customer, id)
  local ids = redis.call('HGET', CUSTOMERS, customer)
  redis.call('HSET', CUSTOMERS, customer, ids and ids .. ' ' .. id or id)
end

local function unhold(customer, id)
  local left = {}
  for other in string.gmatch(redis.call('HGET', CUSTOMERS, customer) or '', '%S+') do
    if other ~= id then left[#left + 1] = other end
  end
  if #left > 0 then redis.call('HSET', CUSTOMERS, customer, table.concat(left, ' '))
  else redis.call('HDEL', CUSTOMERS, customer) end
end

local function each(command, name, values)
  if #values > 0 then redis.call(command, name, unpack(values)) end
end

-- Which of these phones somebody holds, as a set.
local function phones_held(phones)
  local held = {}
  if #phones == 0 then return held end
  for n, lease in ipairs(redis.call('HMGET', PHONES, unpack(phones))) do
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
  local customers, phones, holders, loads = {}, {}, {}, {}
  for n, lease in ipairs(leases) do
    customers[n], loads[lease.agent] = lease.customer, (loads[lease.agent] or 0) + 1
    for _, phone in ipairs(lease.phones) do
      phones[#phones + 1] = phone
      holders[#phones] = ids[n]
    end
  end
  redis.call('HDEL', LEASES, unpack(ids))
  redis.call('ZREM', ENDS, unpack(ids))
  for _, n in ipairs(drop(CUSTOMERS, customers, ids)) do unhold(customers[n], ids[n]) end
  drop(PHONES, phones, holders)
  for agent, count in pairs(loads) do
    if redis.call('HINCRBY', LOADS, agent, -count) <= 0 then redis.call('HDEL', LOADS, agent) end
  end
end

local function forget_lease(id, lease) forget_leases({id}, {lease}) end

-- Keep what came of calls with this one, unless something came in between; whether it was kept. rest: ms before which
-- nobody calls; then it is a retry, where the call reached nobody.
local function note_call(customer, outcome, before, after, rest)
  if (redis.call('HGET', ATTEMPTS, customer) or '') ~= before then return false end
  redis.call('HSET', ATTEMPTS, customer, after)
  redis.call('HINCRBY', HOURS, outcome.hour .. ':calls', 1)
  if outcome.reached then redis.call('HINCRBY', HOURS, outcome.hour .. ':reached', 1) end
  if outcome.reached or rest >= NEVER then redis.call('HDEL', RETRIES, customer)
  else redis.call('HSET', RETRIES, customer, number(rest)) end
  return true
end

-- What comes after a call: a rest (ms before which nobody calls) with its reason, the promise that was made in it, and
-- the number that rests.
local function follow(customer, outcome, rest)
  redis.call('HSET', REST, customer, number(rest))
  forget_rest(customer)
  keep_rest(customer, outcome.disposition, rest)
  redis.call('HDEL', PUSHED, customer)
  redis.call('HDEL', RESERVED, customer)
  if outcome.promise then redis.call('HSET', PROMISES, customer, cmsgpack.pack(outcome.promise))
  else redis.call('HDEL', PROMISES, customer) end
  -- Whoever was called asked not to be: their number rests, whoever else has it.
  if outcome.number then redis.call('ZADD', key('numbers'), 'GT', number(outcome.number[2]), outcome.number[1]) end
end

local function lease_of(id)
  local text = redis.call('HGET', LEASES, id)
  return text and cmsgpack.unpack(text) or nil
end

local function keep_lease(id, lease)
  local text = cmsgpack.pack(lease)
  redis.call('HSET', LEASES, id, text)
  return text
end

-- The lease lasts so long from now on; its record.
local function prolong(id, lease, length)
  lease.ends = now + length
  redis.call('ZADD', ENDS, number(lease.ends), id)
  return keep_lease(id, lease)
end

-- What these leases counted on their day is counted no longer.
local function count_no_longer(leases)
  local fewer = {}
  for _, lease in ipairs(leases) do
    local day = key('taken:' .. lease.day)
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

-- Up to so many at once.
local function by_chunks(names, act)
  for first = 1, #names, 500 do act({unpack(names, first, math.min(first + 499, #names))}) end
end

-- Leases that ended return their customers. A customer who was held twice goes back with the last of their leases.
local function expire(ids)
  local leases, customers, since, places = {}, {}, {}, {}
  for n, text in ipairs(redis.call('HMGET', LEASES, unpack(ids))) do
    local lease = cmsgpack.unpack(text)
    local place = places[lease.customer] or #customers + 1
    leases[n], places[lease.customer], customers[place], since[place] = lease, place, lease.customer, lease.since
  end
  forget_leases(ids, leases)
  put_back(customers, since)
  count_no_longer(leases)
  for n, lease in ipairs(leases) do
    tell(lease.partition, ids[n] .. '/expired', 'lease.expired', lease.customer, lease.ends,
      {lease_id = ids[n], queue = lease.queue, agent_id = lease.agent})
  end
end

local function come_forward(customers)
  for _, known in ipairs(facts_of(customers)) do
    local item = item_of(known.text)
    move(known, item, item)
  end
end

-- Leases that ended return their customers; those whose time has come change lanes. At most `limit` of each.
local function settle(limit)
  local ended = redis.call('ZRANGEBYSCORE', ENDS, '-inf', now, 'LIMIT', 0, limit)
  by_chunks(ended, expire)
  local moved = 0
  for _, waiting in ipairs({LATER, TURNS}) do
    local ready = redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, limit)
    moved = moved + #ready
    by_chunks(ready, come_forward)
  end
  return #ended + moved
end

-- The lease of this id if it is held with this token now, else nil.
local function held(id, token)
  local lease = lease_of(id)
  if not lease or number(lease.token) ~= token or lease.ends <= now then return nil end
  return lease
end

local function set_of(values)
  local found = {}
  for _, value in ipairs(values) do found[value] = true end
  return found
end
