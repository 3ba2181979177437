-- ARGV: prefix, now, lease, token. Returns the record as JSON, or nil for a stale token. The record of what happened
-- says that it was given back.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
forget_lease(ARGV[3], lease)
put_back(lease.customer)
redis.call('XADD', key('stream:' .. lease.partition), '*', 'event', string.format(
  '{"id":%s,"source":"nextlead/leases","type":"lease.released","customer_id":%s,"time":%.0f000,"data":{"lease_id":%s,"queue":%s}}',
  cjson.encode(ARGV[3] .. '/released'), cjson.encode(lease.customer), now, cjson.encode(ARGV[3]), cjson.encode(lease.queue)))
return cjson.encode(lease)
