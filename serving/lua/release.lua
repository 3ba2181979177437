-- ARGV: prefix, now, lease, token. Returns the record, or nil for a stale token. What it counted is counted no longer.
local lease = held(ARGV[3], ARGV[4])
if not lease then return nil end
forget_lease(ARGV[3], lease)
put_back(lease.customer)
local day = key('taken:' .. lease.day)
if redis.call('EXISTS', day) == 1 then
  for _, name in ipairs(lease.counted) do redis.call('HINCRBY', day, name, -1) end
end
return cmsgpack.pack(lease)
