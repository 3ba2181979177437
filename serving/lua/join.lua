-- ARGV: prefix, now, customer, the one they turned out to be, that one's partition.
-- The customer leaves the queue; whoever holds them now holds the survivor. The longer rest, the earlier promise and
-- either push count.
local facts = facts_of({ARGV[3], ARGV[4]})
local gone, kept = facts[1], facts[2]
local gone_item, kept_item = item_of(gone.text), item_of(kept.text)
if gone_item and not gone.held then leave(gone, gone_item) end
if kept_item and not kept.held then leave(kept, kept_item) end
if gone.rest > kept.rest then redis.call('HSET', REST, kept.customer, number(gone.rest)) end
if gone.promise and (not kept.promise or gone.promise[2] < kept.promise[2]) then
  redis.call('HSET', PROMISES, kept.customer, cmsgpack.pack(gone.promise))
end
if gone.pushed and not kept.pushed then redis.call('HSET', PUSHED, kept.customer, gone.pushed) end
for _, name in ipairs({ITEMS, REST, PROMISES, PUSHED, RESERVED, CUSTOMERS}) do redis.call('HDEL', name, gone.customer) end
for id in string.gmatch(gone.held or '', '%S+') do
  local lease = lease_of(id)
  lease.customer, lease.partition = kept.customer, tonumber(ARGV[5])
  keep_lease(id, lease)
  hold(kept.customer, id)
end
for _, name in ipairs({WAITING, RECALLS}) do redis.call('ZREM', name, gone.customer) end
redis.call('HDEL', RECALLED, gone.customer)
forget_rest(gone.customer)
put_back(kept.customer)
return 1
