-- ARGV: prefix, now, lease, token. Returns the record, or nil for a stale token. What it counted is counted no longer.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
give_back(ARGV[3], lease)
return cmsgpack.pack(lease)
