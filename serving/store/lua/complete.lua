-- ARGV: now, lease, token, the outcome as JSON (CallOutcome), what came of calls before this one and with it,
-- packed, then the outcome's events as JSON.
-- Returns the record, nil for a stale token, or 0 when something came in between that changed what came before. Events
-- join the stream of the id that was called in the same step.
local lease = held(ARGV[2], ARGV[3])
if not lease then return nil end
local outcome, customer = cjson.decode(ARGV[4]), lease.customer
if outcome.hour and not note_call(customer, outcome, ARGV[5], ARGV[6]) then return 0 end
forget_lease(ARGV[2], lease)
follow(customer, outcome)
put_back({customer}, {})
local call
for i = 7, #ARGV do
  local event = cjson.decode(ARGV[i])
  if event.type == EVENT.completed then call = event.data.decision_id end
  -- What the dialer told of this call by itself is not told again.
  local told, fresh = KEY.told(tostring(call)), true
  if type(call) == 'string' then
    fresh = redis.call('SADD', told, event.type) == 1
    redis.call('EXPIRE', told, LIMIT.told_seconds)
  end
  if fresh then redis.call('XADD', KEY.stream(lease.home or lease.partition), '*', ENTRY.event, ARGV[i]) end
end
return cmsgpack.pack(lease)
