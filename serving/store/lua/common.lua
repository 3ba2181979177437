-- Shared by every script of the queue. ARGV[1] is the caller's time in milliseconds. Names of keys, places of fields and
-- words are filled in from what Python declares (serving/store/filling.py). What is packed is MessagePack.
-- While a worker keeps it there is one clock, the store's: a caller whose own is wrong ends nobody's lease early.
local function time_of(caller)
  local ahead = redis.call('GET', KEY.clock)
  if not ahead then return caller end
  local clock = redis.call('TIME')
  return clock[1] * 1000 + math.floor(clock[2] / 1000) + tonumber(ahead)
end

local now = time_of(tonumber(ARGV[1]))

local function zone_of(cell) return string.match(cell, CELL.zone) end
local function campaign_of(cell) return string.match(cell, CELL.campaign) end
local function class_of(lane) return string.match(lane, WHOSE.kind) end
local function lane_of_agent(class, agent) return class .. WHOSE.mark .. agent end
local OF_AGENTS = {[LANE.due] = true, [LANE.own] = true}
local function number(value) return string.format('%.17g', value) end

local function item_of(text)
  if not text or text == '' then return nil end
  local row = cmsgpack.unpack(text)
  return {
    phones = row[ITEM.phones], owner = row[ITEM.owner], reserve = row[ITEM.reserve], partition = row[ITEM.partition],
    places = row[ITEM.places],
  }
end

-- What is known of customers, in their order.
local function facts_of(customers)
  local texts, holds = redis.call('HMGET', KEY.items, unpack(customers)), redis.call('HMGET', KEY.held_customers, unpack(customers))
  local rests, lanes = redis.call('HMGET', KEY.rest, unpack(customers)), redis.call('HMGET', KEY.lane, unpack(customers))
  local pushes = redis.call('HMGET', KEY.pushed, unpack(customers))
  local promises = redis.call('HMGET', KEY.promises, unpack(customers))
  local reserved = redis.call('HMGET', KEY.reserved, unpack(customers))
  local found = {}
  for i, customer in ipairs(customers) do
    found[i] = {
      customer = customer, text = texts[i], held = holds[i], rest = tonumber(rests[i] or 0), lane = lanes[i] or LANE.open,
      pushed = pushes[i], promise = promises[i] and cmsgpack.unpack(promises[i]),
      reserved = reserved[i] and cmsgpack.unpack(reserved[i]),
    }
  end
  return found
end

local function tell(partition, id, kind, customer, time, data)
  local event = string.format(
    ENTRY.written, cjson.encode(id), kind, cjson.encode(customer), time, cjson.encode(data))
  redis.call('XADD', KEY.stream(partition), '*', ENTRY.event, event)
end

local function better_place(queue, spot, best, so_far)
  local mine, theirs = spot[PLACE.priority], so_far[PLACE.priority]
  return mine > theirs or mine == theirs and queue < best
end

-- The queue that a customer is worth most in; `all` only where there is no other.
local function main_queue(item)
  local best
  for queue, spot in pairs(item.places) do
    local worst = best == nil or best == QUEUE.all
    if worst or queue ~= QUEUE.all and better_place(queue, spot, best, item.places[best]) then
      best = queue
    end
  end
  return best
end

-- Why a customer rests, and until when, so that those who rest can be counted by reason.
local function keep_rest(customer, disposition, ends)
  redis.call('ZADD', KEY.resting_after(disposition), number(ends), customer)
  redis.call('SADD', KEY.resting, disposition)
end

local function forget_rest(customer)
  for _, disposition in ipairs(redis.call('SMEMBERS', KEY.resting)) do
    redis.call('ZREM', KEY.resting_after(disposition), customer)
  end
end

-- A customer who was somebody's alone since a time is anyone's from `at` on: told once. The latest recall of a customer
-- is kept, of at most 10,000 customers.
local function recall(customer, item, agent, since, at, what)
  local queue = main_queue(item)
  tell(item.partition, string.format('%s/recalled/%.0f', customer, since), EVENT.recalled, customer, at,
    {queue = queue, agent_id = agent, since = since, what = what})
  redis.call('ZADD', KEY.recalls, number(at), customer)
  redis.call('HSET', KEY.recalled, customer, cmsgpack.pack({
    [RECALL.agent_id] = agent, [RECALL.queue] = queue or '', [RECALL.since] = since, [RECALL.what] = what,
  }))
  if redis.call('ZCARD', KEY.recalls) > 10000 then redis.call('HDEL', KEY.recalled, redis.call('ZPOPMIN', KEY.recalls)[1]) end
end

-- The lane of a customer who is ready: their owner's for the service time, then everyone's, which is told once.
local function owned_lane(known, item)
  if item.owner == '' then
    if known.reserved then redis.call('HDEL', KEY.reserved, known.customer) end
    return LANE.open
  end
  local kept = known.reserved
  if not kept or kept[RESERVED.owner] ~= item.owner then
    kept = {[RESERVED.owner] = item.owner, [RESERVED.since] = now, [RESERVED.recalled] = 0}
    redis.call('HSET', KEY.reserved, known.customer, cmsgpack.pack(kept))
  end
  local ends = kept[RESERVED.since] + item.reserve
  if now < ends then return lane_of_agent(LANE.own, item.owner), ends end
  if kept[RESERVED.recalled] == 0 then
    kept[RESERVED.recalled] = 1
    redis.call('HSET', KEY.reserved, known.customer, cmsgpack.pack(kept))
    recall(known.customer, item, item.owner, kept[RESERVED.since], ends, RECALLED.own_customer)
  end
  return LANE.open
end

-- Where a customer who is not held belongs now, and until when, if that is known.
local function lane_of(known, item)
  local promise, from = known.promise, known.rest
  if promise and from < LIMIT.never then from = math.max(promise[PROMISE.due], promise[PROMISE.not_before] or 0) end
  if from > now then return LANE.later, from end
  if known.pushed then return LANE.top end
  if promise then
    local agent, ends = promise[PROMISE.agent_id], promise[PROMISE.until]
    if now < ends then return lane_of_agent(LANE.due, agent), ends end
    if tonumber(redis.call('ZSCORE', KEY.recalls, known.customer) or 0) ~= ends then
      recall(known.customer, item, agent, promise[PROMISE.due], ends, RECALLED.callback)
    end
    return LANE.over
  end
  return owned_lane(known, item)
end

local indexed = {}
local function enter(customer, queue, lane, spot)
  local cell = spot[PLACE.cell]
  local name = KEY.cell(queue, lane, cell)
  redis.call('ZADD', name, number(spot[PLACE.priority]), customer)
  if indexed[name] then return end
  indexed[name] = true
  redis.call('SADD', KEY.cells(queue, lane), cell)
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
    redis.call('ZREM', KEY.turns, customer)
    redis.call('HDEL', KEY.lane, customer)
  end
  known.lane = LANE.open
end

-- since: from when they have waited, where that is not now.
local function stand(known, item, lane, turns, since)
  local customer = known.customer
  if lane == LANE.later then
    redis.call('ZADD', KEY.later, number(turns), customer)
    redis.call('ZREM', KEY.waiting, customer)
  else
    redis.call('ZADD', KEY.waiting, 'NX', number(since or now), customer)
    for queue, spot in pairs(item.places) do enter(customer, queue, lane, spot) end
    if turns then redis.call('ZADD', KEY.turns, number(turns), customer) end
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
  local lane, turns = lane_of(known, item)
  if lane == known.lane and lane ~= LANE.later then return shift(known, before, item) end
  leave(known, before)
  stand(known, item, lane, turns)
end

-- Customers who stood nowhere get their place, unless somebody holds them. since: from when each has waited, at their
-- place in the list.
local function put_back(customers, since)
  for n, known in ipairs(facts_of(customers)) do
    local item = item_of(known.text)
    if not item then
      redis.call('HDEL', KEY.reserved, known.customer)
    elseif not known.held then
      local lane, turns = lane_of(known, item)
      stand(known, item, lane, turns, since[n])
    end
  end
end

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

-- Nothing is left of a customer where they stand by their id.
local function forget_entries(customer)
  for _, name in ipairs(ENTRIES.hashes) do redis.call('HDEL', name, customer) end
  for _, name in ipairs(ENTRIES.sorted) do redis.call('ZREM', name, customer) end
end

local function each(command, name, values)
  if #values > 0 then redis.call(command, name, unpack(values)) end
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
  local customers, phones, holders, loads = {}, {}, {}, {}
  for n, lease in ipairs(leases) do
    customers[n], loads[lease.agent] = lease.customer, (loads[lease.agent] or 0) + 1
    for _, phone in ipairs(lease.phones) do
      phones[#phones + 1] = phone
      holders[#phones] = ids[n]
    end
  end
  redis.call('HDEL', KEY.leased, unpack(ids))
  redis.call('ZREM', KEY.leased_ends, unpack(ids))
  for _, n in ipairs(drop(KEY.held_customers, customers, ids)) do unhold(customers[n], ids[n]) end
  drop(KEY.held_phones, phones, holders)
  for agent, count in pairs(loads) do
    if redis.call('HINCRBY', KEY.loads, agent, -count) <= 0 then redis.call('HDEL', KEY.loads, agent) end
  end
end

local function forget_lease(id, lease) forget_leases({id}, {lease}) end

-- Keep what came of calls with this one, unless something came in between; whether it was kept. It is a retry, where the
-- call reached nobody and the rest ends.
local function note_call(customer, outcome, before, after)
  if (redis.call('HGET', KEY.attempts, customer) or '') ~= before then return false end
  redis.call('HSET', KEY.attempts, customer, after)
  redis.call('HINCRBY', KEY.hours, outcome.hour .. TRIED.calls, 1)
  if outcome.reached then redis.call('HINCRBY', KEY.hours, outcome.hour .. TRIED.reached, 1) end
  if outcome.reached or outcome.rest >= LIMIT.never then redis.call('HDEL', KEY.retries, customer)
  else redis.call('HSET', KEY.retries, customer, number(outcome.rest)) end
  return true
end

-- What comes after a call: a rest with its reason, the promise that was made in it, and
-- the number that rests. One that the call book does not count ends a retry, as it came to something.
local function follow(customer, outcome)
  redis.call('HSET', KEY.rest, customer, number(outcome.rest))
  forget_rest(customer)
  keep_rest(customer, outcome.disposition, outcome.rest)
  redis.call('HDEL', KEY.pushed, customer)
  redis.call('HDEL', KEY.reserved, customer)
  if outcome.promise then redis.call('HSET', KEY.promises, customer, cmsgpack.pack(outcome.promise))
  else redis.call('HDEL', KEY.promises, customer) end
  if not outcome.hour then redis.call('HDEL', KEY.retries, customer) end
  -- Whoever was called asked not to be: their number rests, whoever else has it.
  local resting = outcome.number
  if resting then redis.call('ZADD', KEY.numbers, 'GT', number(resting[RESTING.since]), resting[RESTING.digest]) end
end

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

-- Up to so many at once.
local function by_chunks(names, act)
  for first = 1, #names, 500 do act({unpack(names, first, math.min(first + 499, #names))}) end
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

local function come_forward(customers)
  for _, known in ipairs(facts_of(customers)) do
    local item = item_of(known.text)
    move(known, item, item)
  end
end

-- Leases that ended return their customers; those whose time has come change lanes. At most `limit` of each.
local function settle(limit)
  local ended = redis.call('ZRANGEBYSCORE', KEY.leased_ends, '-inf', now, 'LIMIT', 0, limit)
  by_chunks(ended, expire)
  local moved = 0
  for _, waiting in ipairs({KEY.later, KEY.turns}) do
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
