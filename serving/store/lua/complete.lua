-- ARGV: prefix, now, lease, token, the outcome as JSON: {rest: ms before which nobody calls, disposition,
-- promise: [agent, due, until, what was told of it as JSON] or absent, number: [digest, since (us)] of one that rests or
-- absent, hour of the call, reached: whether somebody spoke with the customer}, what came of calls before this one and
-- with it, packed, then the outcome's events as JSON.
-- Returns the record, nil for a stale token, or 0 when something came in between that changed what came before. Events
-- join the stream of the id that was called in the same step.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
local outcome, customer = cjson.decode(ARGV[5]), lease.customer
if outcome.hour and not note_call(customer, outcome, ARGV[6], ARGV[7], outcome.rest) then return 0 end
forget_lease(ARGV[3], lease)
follow(customer, outcome, outcome.rest)
put_back({customer}, {})
local call
for i = 8, #ARGV do
  local event = cjson.decode(ARGV[i])
  if event.type == 'lease.completed' then call = event.data.decision_id end
  -- What the dialer told of this call by itself is not told again.
  local told, fresh = key('told:' .. tostring(call)), true
  if type(call) == 'string' then
    fresh = redis.call('SADD', told, event.type) == 1
    redis.call('EXPIRE', told, 9 * 86400)
  end
  if fresh then redis.call('XADD', key('stream:' .. (lease.home or lease.partition)), '*', 'event', ARGV[i]) end
end
return cmsgpack.pack(lease)
