-- ARGV: now, lease, who takes it back, why. Returns the record, or nil where there is no such lease any more.
local lease = lease_of(ARGV[2])
if not lease or lease.ends <= now then return nil end
give_back(ARGV[2], lease)
tell(lease.partition, ARGV[2] .. '/taken_back', EVENT.taken_back, lease.customer, now,
  {lease_id = ARGV[2], queue = lease.queue, agent_id = lease.agent, by = ARGV[3], why = ARGV[4]})
return cmsgpack.pack(lease)
