-- ARGV: prefix, now, lease, token, the outcome as JSON: {rest: ms before which nobody calls, disposition,
-- promise: {agent, due, until} or absent, hour of the call, reached: whether somebody spoke with the customer}, what
-- came of calls before this one and with it, packed, then the outcome's events as JSON.
-- Returns the record, nil for a stale token, or 0 when something came in between that changed what came before. Events
-- join the customer's stream in the same step.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
local outcome, customer = cjson.decode(ARGV[5]), lease.customer
if outcome.hour then
  if (redis.call('HGET', ATTEMPTS, customer) or '') ~= ARGV[6] then return 0 end
  redis.call('HSET', ATTEMPTS, customer, ARGV[7])
  redis.call('HINCRBY', HOURS, outcome.hour .. ':calls', 1)
  if outcome.reached then redis.call('HINCRBY', HOURS, outcome.hour .. ':reached', 1) end
end
forget_lease(ARGV[3], lease)
redis.call('HSET', REST, customer, number(outcome.rest))
forget_rest(customer)
keep_rest(customer, outcome.disposition, outcome.rest)
redis.call('HDEL', PUSHED, customer)
redis.call('HDEL', RESERVED, customer)
if outcome.promise then redis.call('HSET', PROMISES, customer, cmsgpack.pack(outcome.promise))
else redis.call('HDEL', PROMISES, customer) end
put_back(customer)
for i = 8, #ARGV do
  redis.call('XADD', key('stream:' .. lease.partition), '*', 'event', ARGV[i])
end
return cmsgpack.pack(lease)
