-- ARGV: now, lease, token, how long it is to last from now on (ms). Returns the record, or nil for a stale token.
local lease = held(ARGV[2], ARGV[3])
if not lease then return nil end
return prolong(ARGV[2], lease, tonumber(ARGV[4]))
