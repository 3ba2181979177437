-- ARGV: prefix, now, lease, token, the outcome as JSON: {rest: ms before which nobody calls,
-- disposition, promise: {agent, due, until} or absent}, then the outcome's events as JSON.
-- Returns the record, or nil for a stale token. Events join the customer's stream in the same step.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
local outcome, customer = cjson.decode(ARGV[5]), lease.customer
forget_lease(ARGV[3], lease)
redis.call('HSET', REST, customer, number(outcome.rest))
forget_rest(customer)
keep_rest(customer, outcome.disposition, outcome.rest)
redis.call('HDEL', PUSHED, customer)
redis.call('HDEL', RESERVED, customer)
if outcome.promise then redis.call('HSET', PROMISES, customer, cmsgpack.pack(outcome.promise))
else redis.call('HDEL', PROMISES, customer) end
put_back(customer)
for i = 6, #ARGV do
  redis.call('XADD', key('stream:' .. lease.partition), '*', 'event', ARGV[i])
end
return cmsgpack.pack(lease)
