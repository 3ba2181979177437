-- ARGV: now, until when they are in hand (see next), then for each customer its id, when to decide anew (ms), and what
-- was decided ahead, packed, '' for nothing. Whoever is in hand no more was claimed meanwhile, or something happened.
local in_hand = tonumber(ARGV[2])
for i = 3, #ARGV, 3 do
  local customer = ARGV[i]
  if tonumber(redis.call('ZSCORE', KEY.next, customer) or 0) == in_hand then
    redis.call('ZADD', KEY.next, ARGV[i + 1], customer)
    if ARGV[i + 2] == '' then redis.call('HDEL', KEY.prepared, customer)
    else redis.call('HSET', KEY.prepared, customer, ARGV[i + 2]) end
  end
end
return 1
