-- ARGV: prefix, now, lease, token, how long it is to last from now on (ms). Returns the record, or nil for a stale token.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
return prolong(ARGV[3], lease, tonumber(ARGV[5]))
