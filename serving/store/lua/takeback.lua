-- ARGV: prefix, now, lease, who takes it back, why. Returns the record, or nil where there is no such lease any more.
local lease = lease_of(ARGV[3])
if not lease or lease.ends <= now then return nil end
give_back(ARGV[3], lease)
tell(lease.partition, ARGV[3] .. '/taken_back', 'lease.taken_back', lease.customer, now,
  {lease_id = ARGV[3], queue = lease.queue, agent_id = lease.agent, by = ARGV[4], why = ARGV[5]})
return cmsgpack.pack(lease)
