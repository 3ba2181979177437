-- ARGV: prefix, now, lease, token, rest (ms before which nobody calls), then the outcome's events as JSON.
-- Returns the record as JSON, or nil for a stale token. Events join the customer's stream in the same step.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
forget_lease(ARGV[3], lease)
redis.call('HSET', REST, lease.customer, ARGV[5])
put_back(lease.customer)
local call
for i = 6, #ARGV do
  local event = cjson.decode(ARGV[i])
  if event.type == 'lease.completed' then call = event.data.decision_id end
  -- What the dialer told of this call by itself is not told again.
  local told, fresh = key('told:' .. tostring(call)), true
  if type(call) == 'string' then
    fresh = redis.call('SADD', told, event.type) == 1
    redis.call('EXPIRE', told, 9 * 86400)
  end
  if fresh then redis.call('XADD', key('stream:' .. lease.partition), '*', 'event', ARGV[i]) end
end
return cjson.encode(lease)
