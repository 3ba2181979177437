-- ARGV: now, customer, ms before which they are not handed out again: a dialer could not take them. No call was
-- made, so that what was promised or pushed stays, and a longer rest too.
local customer, ends = ARGV[2], tonumber(ARGV[3])
local known = facts_of({customer})[1]
if ends > known.rest then
  redis.call('HSET', KEY.rest, customer, ARGV[3])
  known.rest = ends
end
if known.promise then
  known.promise[PROMISE.not_before] = ends
  redis.call('HSET', KEY.promises, customer, cmsgpack.pack(known.promise))
end
local item = item_of(known.text)
if item and not known.held then move(known, item, item) end
return 1
