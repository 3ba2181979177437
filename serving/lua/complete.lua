-- ARGV: prefix, now, lease, token, rest (ms before which nobody calls), then the outcome's events as JSON.
-- Returns the record as JSON, or nil for a stale token. Events join the customer's stream in the same step.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
forget_lease(ARGV[3], lease)
redis.call('HSET', REST, lease.customer, ARGV[5])
put_back(lease.customer)
for i = 6, #ARGV do
  redis.call('XADD', key('stream:' .. lease.partition), '*', 'event', ARGV[i])
end
return cjson.encode(lease)
