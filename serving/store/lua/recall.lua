-- ARGV: now, customer, what calls have left behind: rest (ms before which nobody calls, 0 for none) and after
-- which disposition, retry (ms), then the promise, the page of the call book, and that page as it is so far, packed; each
-- empty for none. It is all that is known from now on. Returns 1, or 0 when a call came in between.
local customer, rest, disposition = ARGV[2], tonumber(ARGV[3]), ARGV[4]
if (redis.call('HGET', KEY.attempts, customer) or '') ~= ARGV[8] then return 0 end
local known = facts_of({customer})[1]
local item = item_of(known.text)
if item and not known.held then leave(known, item) end
local function keep(name, value)
  if value == '' then redis.call('HDEL', name, customer) else redis.call('HSET', name, customer, value) end
end
keep(KEY.rest, rest > 0 and number(rest) or '')
keep(KEY.retries, ARGV[5])
keep(KEY.promises, ARGV[6])
keep(KEY.attempts, ARGV[7])
redis.call('HDEL', KEY.lifted, customer)
forget_rest(customer)
if disposition ~= '' then keep_rest(customer, disposition, rest) end
put_back({customer}, {})
return 1
