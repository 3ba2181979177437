-- ARGV: now, then for each id of people who came apart: the id, the one that it is kept under now, that one's
-- partition. A lease that was handed out under an id which left the one that it is kept under goes with that id.
local into, partitions, ids = {}, {}, {}
for i = 2, #ARGV, 3 do
  into[ARGV[i]], partitions[ARGV[i + 1]] = ARGV[i + 1], tonumber(ARGV[i + 2])
end
for name in pairs(partitions) do
  for id in string.gmatch(redis.call('HGET', KEY.held_customers, name) or '', '%S+') do ids[#ids + 1] = id end
end
for _, id in ipairs(ids) do
  local lease = lease_of(id)
  local kept, owner = lease.customer, into[lease.called or lease.customer]
  if owner and owner ~= kept then
    unhold(kept, id)
    put_back({kept}, {})
    local known = facts_of({owner})[1]
    local item = item_of(known.text)
    if item and not known.held then leave(known, item) end
    lease.customer, lease.partition = owner, partitions[owner]
    keep_lease(id, lease)
    hold(owner, id)
  end
end
return 1
