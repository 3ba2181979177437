-- ARGV: prefix, now, customer. Nothing of the customer is left in the queue; an open lease ends with a stale token.
local customer = ARGV[3]
local item = item_of(customer)
if item then take(customer, item) end
for id in string.gmatch(redis.call('HGET', CUSTOMERS, customer) or '', '%S+') do
  forget_lease(id, cjson.decode(redis.call('HGET', LEASES, id)))
end
redis.call('HDEL', ITEMS, customer)
redis.call('HDEL', REST, customer)
return 1
