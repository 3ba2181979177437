-- ARGV: now, lease, token, how long it is to last from now on, and how long at most since it was handed out, empty
-- without a limit (ms). Returns the record, or nil for a stale token.
local lease = held(ARGV[2], ARGV[3])
if not lease then return nil end
local lasts, most = tonumber(ARGV[4]), tonumber(ARGV[5])
if most then lasts = math.min(lasts, math.max(lease.at + most, lease.ends) - now) end
return prolong(ARGV[2], lease, lasts)
