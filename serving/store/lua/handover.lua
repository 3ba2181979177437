-- ARGV: now, until when leases last from now on (ms), how many they are; then for each its id, token, the event that
-- tells of it, and what it is for, as JSON, each empty for none; then the decisions behind them, if any (see keep_decisions).
-- Returns the record of each, or '' where it is not held with this token any more: nothing is told of that one.
local records, place = {}, 4
for _ = 1, tonumber(ARGV[3]) do
  local id, event, purpose = ARGV[place], ARGV[place + 2], ARGV[place + 3]
  local lease = held(id, ARGV[place + 1])
  records[#records + 1] = lease and prolong(id, lease, tonumber(ARGV[2]) - now) or ''
  if lease and event ~= '' then
    redis.call('XADD', KEY.stream(lease.partition), '*', ENTRY.event, event)
    redis.call('SET', KEY.lease_purpose(id), purpose, 'EX', LIMIT.lease_seconds)
  end
  place = place + 4
end
if place <= #ARGV then keep_decisions(place) end
return records
