-- ARGV: prefix, now, lease, token. Returns the record, or nil for a stale token. What it counted is counted no longer,
-- and the record of what happened says that the customer was given back.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
give_back(ARGV[3], lease)
tell(lease.partition, ARGV[3] .. '/released', 'lease.released', lease.customer, now,
  {lease_id = ARGV[3], queue = lease.queue})
return cmsgpack.pack(lease)
