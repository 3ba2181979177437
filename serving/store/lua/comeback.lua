-- ARGV: now, customer. Who rests because an agent had sold them something, and of whom the core says that it is
-- over, may be called again. Returns 1 where they may, else 0.
local customer, sold = ARGV[2], false
for _, disposition in ipairs({DISPOSITION.sale, DISPOSITION.renewed}) do
  sold = sold or redis.call('ZSCORE', KEY.resting_after(disposition), customer)
end
if not sold or tonumber(redis.call('HGET', KEY.rest, customer) or 0) >= LIMIT.never then return 0 end
redis.call('HDEL', KEY.rest, customer)
forget_rest(customer)
local known = facts_of({customer})[1]
local item = item_of(known.text)
if item and not known.held then move(known, item, item) end
return 1
