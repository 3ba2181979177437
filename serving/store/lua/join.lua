-- ARGV: prefix, now, customer, the one they turned out to be, that one's partition.
-- The customer leaves the queue; whoever holds them now holds the survivor. The longer rest with its retry, the earlier
-- promise and either push count, and attempts add up.
local function tallies(a, b)
  if a[1] == b[1] then return a[1], a[2] + b[2], a[3] + b[3] end
  local later = a[1] > b[1] and a or b
  return later[1], later[2], a[3] + b[3]
end

local function added(all, more, add)
  for name, counts in pairs(more) do all[name] = all[name] and add(all[name], counts) or counts end
  return all
end

local function both(a, b)
  local day, today, total = tallies(a, b)
  return {
    day, today, total, a[4] + b[4],
    added(a[5], b[5], function(x, y)
      local on, then_today, ever = tallies(x, y)
      return {on, then_today, ever, x[4] + y[4], x[5] and y[5]}
    end),
    added(a[6], b[6], function(x, y) return {x[1] + y[1], x[2] + y[2]} end),
  }
end

local facts = facts_of({ARGV[3], ARGV[4]})
local gone, kept = facts[1], facts[2]
local gone_item, kept_item = item_of(gone.text), item_of(kept.text)
if gone_item and not gone.held then leave(gone, gone_item) end
if kept_item and not kept.held then leave(kept, kept_item) end
if gone.rest > kept.rest then
  forget_rest(kept.customer)
  for _, disposition in ipairs(redis.call('SMEMBERS', key('resting'))) do
    if redis.call('ZSCORE', key('resting:' .. disposition), gone.customer) then
      keep_rest(kept.customer, disposition, gone.rest)
    end
  end
  redis.call('HSET', REST, kept.customer, number(gone.rest))
  local retry = redis.call('HGET', RETRIES, gone.customer)
  if retry then redis.call('HSET', RETRIES, kept.customer, retry)
  else redis.call('HDEL', RETRIES, kept.customer) end
end
if gone.promise and (not kept.promise or gone.promise[2] < kept.promise[2]) then
  redis.call('HSET', PROMISES, kept.customer, cmsgpack.pack(gone.promise))
end
if gone.pushed and not kept.pushed then redis.call('HSET', PUSHED, kept.customer, gone.pushed) end
local tried = redis.call('HGET', ATTEMPTS, gone.customer)
if tried then
  local other = redis.call('HGET', ATTEMPTS, kept.customer)
  redis.call('HSET', ATTEMPTS, kept.customer,
    other and cmsgpack.pack(both(cmsgpack.unpack(tried), cmsgpack.unpack(other))) or tried)
end
for _, name in ipairs({ITEMS, REST, PROMISES, PUSHED, RESERVED, CUSTOMERS, ATTEMPTS, RETRIES}) do
  redis.call('HDEL', name, gone.customer)
end
for id in string.gmatch(gone.held or '', '%S+') do
  local lease = lease_of(id)
  lease.called, lease.home = lease.called or lease.customer, lease.home or lease.partition
  lease.customer, lease.partition = kept.customer, tonumber(ARGV[5])
  keep_lease(id, lease)
  hold(kept.customer, id)
end
local since = redis.call('ZSCORE', WAITING, kept.customer)
redis.call('ZREM', WAITING, gone.customer, kept.customer)
redis.call('ZREM', RECALLS, gone.customer)
redis.call('HDEL', RECALLED, gone.customer)
forget_rest(gone.customer)
put_back({kept.customer}, {tonumber(since or now)})
return 1
