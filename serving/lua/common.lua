-- Shared by every script of the queue. ARGV[1] is the key prefix, ARGV[2] the time in milliseconds.
-- What is packed is MessagePack.
-- items        hash   customer -> packed {phones, owner, reserve (ms), partition, {queue: {cell, priority, action}}}
-- cell:Q:L|C   zset   customers of queue Q in lane L and cell C ("product|region|zone|language|objective|campaign") by priority
-- cells:Q:L    set    cells of a lane that may hold customers; lanes:Q: set of lanes that may have cells
-- lane         hash   customer -> the lane they stand in, where it is not the open one
-- zones        set    time zones that cells name; '' is the workspace's own
-- later        zset   customers that wait for a time, by that time; their lane is `later`
-- turns        zset   customers that stand in a lane until a time, by that time
-- rest         hash   customer -> ms before which nobody calls, set by outcomes
-- retries      hash   customer -> ms from when they are tried again after a call that reached nobody
-- promises     hash   customer -> packed {agent, due (ms), until when it is that agent's alone (ms)}
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
-- resting:D    zset   customers that rest after disposition D, by until when
local prefix, now = ARGV[1], tonumber(ARGV[2])
local function key(name) return prefix .. ':' .. name end
local ITEMS, LANE, LATER, TURNS = key('items'), key('lane'), key('later'), key('turns')
local REST, PROMISES, PUSHED, RESERVED = key('rest'), key('promises'), key('pushed'), key('reserved')
local LEASES, ENDS = key('leased'), key('leased_ends')
local CUSTOMERS, PHONES = key('holds:customers'), key('holds:phones')
local LOADS, WAITING, RECALLS, RECALLED = key('loads'), key('waiting'), key('recalls'), key('recalled')
local ATTEMPTS, HOURS = key('attempts'), key('hours')
local NEVER = 9000000000000

local function cell_key(queue, lane, cell) return key('cell:' .. queue .. ':' .. lane .. '|' .. cell) end
local function cells_key(queue, lane) return key('cells:' .. queue .. ':' .. lane) end
local function zone_of(cell) return string.match(cell, '^[^|]*|[^|]*|([^|]*)') end
local function campaign_of(cell) return string.match(cell, '([^|]*)$') end
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
  if promise and from < NEVER then from = promise[2] end
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

local function enter(customer, queue, lane, spot, indexed)
  redis.call('ZADD', cell_key(queue, lane, spot[1]), number(spot[2]), customer)
  if not indexed then
    redis.call('SADD', cells_key(queue, lane), spot[1])
    redis.call('SADD', key('lanes:' .. queue), lane)
    redis.call('SADD', key('zones'), zone_of(spot[1]))
  end
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
    if not there or so_far[2] ~= spot[2] then enter(customer, queue, lane, spot, there) end
  end
end

-- A customer who stands by `before` goes where they belong now by `item`.
local function move(known, before, item)
  local lane, turns = lane_of(known, item)
  if lane == known.lane and lane ~= 'later' then return shift(known, before, item) end
  leave(known, before)
  stand(known, item, lane, turns)
end

-- A customer who stood nowhere gets their place, unless somebody holds them. since: from when they have waited.
local function put_back(customer, since)
  local known = facts_of({customer})[1]
  local item = item_of(known.text)
  if not item then
    redis.call('HDEL', RESERVED, customer)
  elseif not known.held then
    local lane, turns = lane_of(known, item)
    stand(known, item, lane, turns, since)
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

local function phone_held(phones)
  for _, phone in ipairs(phones) do
    if redis.call('HEXISTS', PHONES, phone) == 1 then return true end
  end
  return false
end

local function forget_lease(id, lease)
  redis.call('HDEL', LEASES, id)
  redis.call('ZREM', ENDS, id)
  unhold(lease.customer, id)
  if redis.call('HINCRBY', LOADS, lease.agent, -1) <= 0 then redis.call('HDEL', LOADS, lease.agent) end
  for _, phone in ipairs(lease.phones) do
    if redis.call('HGET', PHONES, phone) == id then redis.call('HDEL', PHONES, phone) end
  end
end

-- Keep what came of calls with this one, unless something came in between; whether it was kept. rest: ms before which
-- nobody calls; then it is a retry, where the call reached nobody.
local function note_call(customer, outcome, before, after, rest)
  if (redis.call('HGET', ATTEMPTS, customer) or '') ~= before then return false end
  redis.call('HSET', ATTEMPTS, customer, after)
  redis.call('HINCRBY', HOURS, outcome.hour .. ':calls', 1)
  if outcome.reached then redis.call('HINCRBY', HOURS, outcome.hour .. ':reached', 1) end
  if outcome.reached or rest >= NEVER then redis.call('HDEL', key('retries'), customer)
  else redis.call('HSET', key('retries'), customer, number(rest)) end
  return true
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

-- The customer goes back to their place as if never claimed: what the lease counted is counted no longer.
local function give_back(id, lease)
  forget_lease(id, lease)
  put_back(lease.customer, lease.since)
  local day = key('taken:' .. lease.day)
  if redis.call('EXISTS', day) == 1 then
    for _, name in ipairs(lease.counted) do redis.call('HINCRBY', day, name, -1) end
  end
end

-- Leases that ended return their customers; those whose time has come change lanes. At most `limit` of each.
local function settle(limit)
  local ended = redis.call('ZRANGEBYSCORE', ENDS, '-inf', now, 'LIMIT', 0, limit)
  for _, id in ipairs(ended) do
    local lease = lease_of(id)
    give_back(id, lease)
    tell(lease.partition, id .. '/expired', 'lease.expired', lease.customer, lease.ends,
      {lease_id = id, queue = lease.queue, agent_id = lease.agent})
  end
  local moved = 0
  for _, waiting in ipairs({LATER, TURNS}) do
    local ready = redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, limit)
    moved = moved + #ready
    for _, customer in ipairs(ready) do
      local known = facts_of({customer})[1]
      local item = item_of(known.text)
      move(known, item, item)
    end
  end
  return #ended + moved
end

-- The lease of this id if it is held with this token now, else nil.
local function held(id, token)
  local lease = lease_of(id)
  if not lease or number(lease.token) ~= token or lease.ends <= now then return nil end
  return lease
end

-- The first customers of the cells that match, best first; each walks down its cell by rank.
local function better(a, b)
  if a.score ~= b.score then return a.score > b.score end
  return a.customer > b.customer
end

local function head_of(walk, rank)
  local top = redis.call('ZREVRANGE', walk.name, rank, rank, 'WITHSCORES')
  if not top[1] then return nil end
  return {score = tonumber(top[2]), customer = top[1], name = walk.name, rank = rank, cell = walk.cell, lane = walk.lane}
end

local function add_heads(found, queue, lane, matches)
  local cells = redis.call('SMEMBERS', cells_key(queue, lane))
  if #cells == 0 then redis.call('SREM', key('lanes:' .. queue), lane) end
  for _, cell in ipairs(cells) do
    if matches(cell) then
      local name = cell_key(queue, lane, cell)
      local head = head_of({name = name, cell = cell, lane = lane}, 0)
      if head then found[#found + 1] = head else redis.call('SREM', cells_key(queue, lane), cell) end
    end
  end
end

local function insert(sorted, head)
  if not head then return end
  local position = #sorted + 1
  for i = 1, #sorted do
    if better(head, sorted[i]) then position = i; break end
  end
  table.insert(sorted, position, head)
end

local function set_of(values)
  local found = {}
  for _, value in ipairs(values) do found[value] = true end
  return found
end
