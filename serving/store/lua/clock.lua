-- ARGV: the service's time (ms) by a worker's clock, by how much clocks may be wrong (ms), for how long this is
-- kept (ms). How far the service's time is ahead of the store's is what was said first, until nobody says it any more or
-- a clock is further from it than a wrong one: that one was set anew. Returns what is kept, in ms.
local name, clock = KEY.clock, redis.call('TIME')
local ahead = tonumber(ARGV[1]) - clock[1] * 1000 - math.floor(clock[2] / 1000)
local kept = tonumber(redis.call('GET', name) or ahead)
if math.abs(kept - ahead) > tonumber(ARGV[2]) then kept = ahead end
redis.call('SET', name, string.format('%.0f', kept), 'PX', ARGV[3])
return kept
