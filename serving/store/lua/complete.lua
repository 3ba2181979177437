-- ARGV: now, lease, token, the outcome as JSON (CallOutcome), what came of calls before this one and with it,
-- packed, the decision of the call ('' for none), then for each of the outcome's events its type and itself.
-- Returns the record, nil for a stale token, or 0 when something came in between that changed what came before. Events
-- join the stream of the id that was called in the same step.
local lease = held(ARGV[2], ARGV[3])
if not lease then return nil end
local outcome, customer = cjson.decode(ARGV[4]), lease.customer
if outcome.hour and not note_call(customer, outcome, ARGV[5], ARGV[6]) then return 0 end
forget_lease(ARGV[2], lease)
follow(customer, outcome)
put_back({customer}, {})
local call = ARGV[7]
for i = 8, #ARGV, 2 do
  -- What the dialer told of this call by itself is not told again.
  local told, fresh = KEY.told(call), true
  if call ~= '' then
    fresh = redis.call('SADD', told, ARGV[i]) == 1
    redis.call('EXPIRE', told, LIMIT.told_seconds)
  end
  if fresh then redis.call('XADD', KEY.stream(lease.home or lease.partition), '*', ENTRY.event, ARGV[i + 1]) end
end
return cmsgpack.pack(lease)
