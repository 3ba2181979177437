-- Shared by every script of the queue. ARGV[1] is the key prefix, ARGV[2] the time in milliseconds.
-- items        hash   customer -> {"phone", "later": ms, "partition", "places": {queue: [cell, priority, action, product]}}
-- cell:Q:C     zset   customers of queue Q in cell C ("product|region|zone") by priority
-- cells:Q      set    cells of queue Q that may hold customers
-- zones        set    time zones that cells name; '' is the workspace's own
-- later        zset   customers that wait for a time, by that time
-- rest         hash   customer -> ms before which nobody calls, set by outcomes
-- leases       hash   lease -> {"token", "customer", ...}; lease_ends: zset of leases by expiry
-- held:customers, held:phones   hashes -> lease; two, with a blank between, where two held customers became one
local prefix, now = ARGV[1], tonumber(ARGV[2])
local function key(name) return prefix .. ':' .. name end
local ITEMS, LATER, REST = key('items'), key('later'), key('rest')
local LEASES, ENDS = key('leases'), key('lease_ends')
local CUSTOMERS, PHONES = key('held:customers'), key('held:phones')

local function cell_key(queue, cell) return key('cell:' .. queue .. ':' .. cell) end

local function item_of(customer)
  local text = redis.call('HGET', ITEMS, customer)
  return text and cjson.decode(text) or nil
end

-- Take a customer out of every queue; what is known about them stays in `items`.
local function take(customer, item)
  for queue, place in pairs(item.places) do
    redis.call('ZREM', cell_key(queue, place[1]), customer)
  end
  redis.call('ZREM', LATER, customer)
end

-- Put a customer where the item belongs now: nowhere while held, aside while it must wait, else into its cells.
local function place(customer, item)
  if redis.call('HEXISTS', CUSTOMERS, customer) == 1 then return end
  local rest = tonumber(redis.call('HGET', REST, customer) or 0)
  local from = math.max(rest, item.later or 0)
  if from > now then
    redis.call('ZADD', LATER, string.format('%.0f', from), customer)
    return
  end
  for queue, spot in pairs(item.places) do
    redis.call('ZADD', cell_key(queue, spot[1]), string.format('%.17g', spot[2]), customer)
    redis.call('SADD', key('cells:' .. queue), spot[1])
    redis.call('SADD', key('zones'), string.match(spot[1], '|([^|]*)$'))
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

local function forget_lease(id, lease)
  redis.call('HDEL', LEASES, id)
  redis.call('ZREM', ENDS, id)
  unhold(lease.customer, id)
  if lease.phone ~= '' and redis.call('HGET', PHONES, lease.phone) == id then redis.call('HDEL', PHONES, lease.phone) end
end

local function put_back(customer)
  local item = item_of(customer)
  if item then place(customer, item) end
end

-- Leases that ended return their customers; those who waited long enough come forward. At most `limit` of each.
local function settle(limit)
  local ended = redis.call('ZRANGEBYSCORE', ENDS, '-inf', now, 'LIMIT', 0, limit)
  for _, id in ipairs(ended) do
    local lease = cjson.decode(redis.call('HGET', LEASES, id))
    forget_lease(id, lease)
    put_back(lease.customer)
    local event = string.format(
      '{"id":%s,"source":"nextlead/leases","type":"lease.expired","customer_id":%s,"time":%.0f000,"data":{"lease_id":%s,"queue":%s}}',
      cjson.encode(id .. '/expired'), cjson.encode(lease.customer), lease.ends, cjson.encode(id), cjson.encode(lease.queue))
    redis.call('XADD', key('stream:' .. lease.partition), '*', 'event', event)
  end
  local ready = redis.call('ZRANGEBYSCORE', LATER, '-inf', now, 'LIMIT', 0, limit)
  for _, customer in ipairs(ready) do
    redis.call('ZREM', LATER, customer)
    put_back(customer)
  end
  return #ended + #ready
end

-- The lease of this id if it is held with this token now, else nil.
local function held(id, token)
  local text = redis.call('HGET', LEASES, id)
  if not text then return nil end
  local lease = cjson.decode(text)
  if string.format('%.0f', lease.token) ~= token or lease.ends <= now then return nil end
  return lease
end

-- The first customers of the cells that match, merged best first, as a walker over {score, customer, key, rank}.
local function better(a, b)
  if a[1] ~= b[1] then return a[1] > b[1] end
  return a[2] > b[2]
end

local function head_of(name, rank)
  local top = redis.call('ZREVRANGE', name, rank, rank, 'WITHSCORES')
  if top[1] then return {tonumber(top[2]), top[1], name, rank} end
  return nil
end

local function heads(queue, matches)
  local found = {}
  for _, cell in ipairs(redis.call('SMEMBERS', key('cells:' .. queue))) do
    if matches(cell) then
      local head = head_of(cell_key(queue, cell), 0)
      if head then found[#found + 1] = head
      elseif redis.call('EXISTS', cell_key(queue, cell)) == 0 then redis.call('SREM', key('cells:' .. queue), cell) end
    end
  end
  table.sort(found, better)
  return found
end

local function insert(sorted, head)
  if not head then return end
  local position = #sorted + 1
  for i = 1, #sorted do
    if better(head, sorted[i]) then position = i; break end
  end
  table.insert(sorted, position, head)
end

local function set_of(text)
  local found = {}
  for _, value in ipairs(cjson.decode(text)) do found[value] = true end
  return found
end

local function zone_of(cell) return string.match(cell, '|([^|]*)$') end
