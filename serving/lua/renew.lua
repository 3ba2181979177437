-- ARGV: prefix, now, lease, token, ends (ms). Returns the record, or nil for a stale token.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
lease.ends = tonumber(ARGV[5])
redis.call('ZADD', ENDS, ARGV[5], ARGV[3])
return keep_lease(ARGV[3], lease)
