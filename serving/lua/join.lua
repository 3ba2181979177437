-- ARGV: prefix, now, customer, the one they turned out to be, that one's partition.
-- The customer leaves the queue; whoever holds them now holds the survivor, and the longer rest counts.
local customer, into = ARGV[3], ARGV[4]
local item = item_of(customer)
if item then take(customer, item) end
redis.call('HDEL', ITEMS, customer)
local rest = tonumber(redis.call('HGET', REST, customer) or 0)
if rest > tonumber(redis.call('HGET', REST, into) or 0) then redis.call('HSET', REST, into, string.format('%.0f', rest)) end
redis.call('HDEL', REST, customer)
for id in string.gmatch(redis.call('HGET', CUSTOMERS, customer) or '', '%S+') do
  local lease = cjson.decode(redis.call('HGET', LEASES, id))
  lease.customer, lease.partition = into, tonumber(ARGV[5])
  redis.call('HSET', LEASES, id, cjson.encode(lease))
  hold(into, id)
end
redis.call('HDEL', CUSTOMERS, customer)
local kept = item_of(into)
if kept then
  take(into, kept)
  place(into, kept)
end
return 1
