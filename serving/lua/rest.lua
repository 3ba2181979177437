-- ARGV: prefix, now, customer, rest (ms before which nobody calls). A waiting customer leaves the queues until then;
-- whoever holds one goes on holding.
redis.call('HSET', REST, ARGV[3], ARGV[4])
local item = item_of(ARGV[3])
if item then
  take(ARGV[3], item)
  place(ARGV[3], item)
end
return 1
