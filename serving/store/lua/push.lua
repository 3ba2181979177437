-- ARGV: now, customer, queue, who pushed and why as JSON ('' takes it back), the event that tells of it.
-- Returns 1, or 0 where the customer stands in no such queue.
local known = facts_of({ARGV[2]})[1]
local item = item_of(known.text)
if not item or not item.places[ARGV[3]] then return 0 end
if ARGV[4] == '' then redis.call('HDEL', KEY.pushed, ARGV[2]) else redis.call('HSET', KEY.pushed, ARGV[2], ARGV[4]) end
known.pushed = ARGV[4] ~= '' and ARGV[4]
if not known.held then move(known, item, item) end
redis.call('XADD', KEY.stream(item.partition), '*', ENTRY.event, ARGV[5])
return 1
