-- ARGV: prefix, now, lease, token. Returns the record as JSON, or nil for a stale token.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
forget_lease(ARGV[3], lease)
put_back(lease.customer)
return cjson.encode(lease)
