-- ARGV: prefix, now, customer, ms before which they are not handed out again: a dialer could not take them. No call was
-- made, so that what was promised or pushed stays, and a longer rest too.
local customer, ends = ARGV[3], tonumber(ARGV[4])
local known = facts_of({customer})[1]
if ends > known.rest then
  redis.call('HSET', REST, customer, ARGV[4])
  known.rest = ends
end
if known.promise then
  known.promise[5] = ends
  redis.call('HSET', PROMISES, customer, cmsgpack.pack(known.promise))
end
local item = item_of(known.text)
if item and not known.held then move(known, item, item) end
return 1
