-- ARGV: now, lease, token. Returns the record, or nil for a stale token. What it counted is counted no longer,
-- and the record of what happened says that the customer was given back.
local lease = held(ARGV[2], ARGV[3])
if not lease then return nil end
give_back(ARGV[2], lease)
tell(lease.partition, ARGV[2] .. '/released', EVENT.released, lease.customer, now,
  {lease_id = ARGV[2], queue = lease.queue})
return cmsgpack.pack(lease)
