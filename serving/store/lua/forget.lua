-- ARGV: prefix, now, customer. Nothing of the customer is left in the queue; an open lease ends with a stale token.
local known = facts_of({ARGV[3]})[1]
local item = item_of(known.text)
if item and not known.held then leave(known, item) end
for id in string.gmatch(known.held or '', '%S+') do forget_lease(id, lease_of(id)) end
for _, name in ipairs({ITEMS, REST, PROMISES, PUSHED, RESERVED, ATTEMPTS, RETRIES}) do
  redis.call('HDEL', name, known.customer)
end
for _, name in ipairs({WAITING, RECALLS}) do redis.call('ZREM', name, known.customer) end
redis.call('HDEL', RECALLED, known.customer)
forget_rest(known.customer)
return 1
