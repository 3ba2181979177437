-- ARGV: now, customer. Nothing of the customer is left in the queue; an open lease ends with a stale token.
local known = facts_of({ARGV[2]})[1]
local item = item_of(known.text)
if item and not known.held then leave(known, item) end
for id in string.gmatch(known.held or '', '%S+') do
  forget_lease(id, lease_of(id))
  redis.call('DEL', KEY.lease_purpose(id))
end
forget_rest(known.customer)
forget_entries(known.customer)
return 1
