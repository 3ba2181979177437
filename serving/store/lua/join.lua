-- ARGV: now, customer, the one they turned out to be, that one's partition, what came of calls with both, packed.
-- The customer leaves the queue; whoever holds them now holds the survivor. The longer rest with its retry, the earlier
-- promise and either push count. A rest that was lifted is there again: what ended it is asked anew of who they are now.
local facts = facts_of({ARGV[2], ARGV[3]})
local gone, kept = facts[1], facts[2]
local gone_item, kept_item = item_of(gone.text), item_of(kept.text)
if gone_item and not gone.held then leave(gone, gone_item) end
if kept_item and not kept.held then leave(kept, kept_item) end
restore(gone)
restore(kept)
if gone.rest > kept.rest then
  forget_rest(kept.customer)
  for _, disposition in ipairs(redis.call('SMEMBERS', KEY.resting)) do
    if redis.call('ZSCORE', KEY.resting_after(disposition), gone.customer) then
      keep_rest(kept.customer, disposition, gone.rest)
    end
  end
  redis.call('HSET', KEY.rest, kept.customer, number(gone.rest))
  local retry = redis.call('HGET', KEY.retries, gone.customer)
  if retry then redis.call('HSET', KEY.retries, kept.customer, retry)
  else redis.call('HDEL', KEY.retries, kept.customer) end
end
if gone.promise and (not kept.promise or gone.promise[PROMISE.due] < kept.promise[PROMISE.due]) then
  redis.call('HSET', KEY.promises, kept.customer, cmsgpack.pack(gone.promise))
end
if gone.pushed and not kept.pushed then redis.call('HSET', KEY.pushed, kept.customer, gone.pushed) end
if ARGV[5] ~= '' then redis.call('HSET', KEY.attempts, kept.customer, ARGV[5]) end
for id in string.gmatch(gone.held or '', '%S+') do
  local lease = lease_of(id)
  lease.called, lease.home = lease.called or lease.customer, lease.home or lease.partition
  lease.customer, lease.partition = kept.customer, tonumber(ARGV[4])
  keep_lease(id, lease)
  hold(kept.customer, id)
end
local since = redis.call('ZSCORE', KEY.waiting, kept.customer)
redis.call('ZREM', KEY.waiting, kept.customer)
forget_rest(gone.customer)
forget_entries(gone.customer)
put_back({kept.customer}, {tonumber(since or now)})
return 1
