-- ARGV: prefix, now, customer, queue, who pushed and why as JSON ('' takes it back), the event that tells of it.
-- Returns 1, or 0 where the customer stands in no such queue.
local known = facts_of({ARGV[3]})[1]
local item = item_of(known.text)
if not item or not item.places[ARGV[4]] then return 0 end
if ARGV[5] == '' then redis.call('HDEL', PUSHED, ARGV[3]) else redis.call('HSET', PUSHED, ARGV[3], ARGV[5]) end
known.pushed = ARGV[5] ~= '' and ARGV[5]
if not known.held then move(known, item, item) end
redis.call('XADD', key('stream:' .. item.partition), '*', 'event', ARGV[6])
return 1
