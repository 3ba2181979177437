-- Which lane a lead is in, and until when.

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
