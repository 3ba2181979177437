-- ARGV: 1 where what came of calls is wanted too, and 2 where stamps are, then the ids of customers.
-- Returns the time that the service's processes agree on (ms, '' where none keeps it), whether any number rests (0 or 1),
-- the hours of calls as a hash is returned ({} where they are not wanted), then lists with an entry for each customer: the id that
-- they are kept under now, what is kept of them by columns (see kept_of), and a stamp of that ({} where it is not wanted). All of
-- it is of one moment.
local wanted, customers = tonumber(ARGV[1]), {}
for i = 2, #ARGV do customers[i - 1] = ARGV[i] end

-- Where ids lead to others, until they lead to none.
local function follow_merges(places)
  local names, moved = {}, {}
  for n, place in ipairs(places) do names[n] = customers[place] end
  by_parts(names, function(part, first)
    for n, into in ipairs(redis.call('HMGET', KEY.merged, unpack(part))) do
      if into then
        local place = places[first + n - 1]
        customers[place], moved[#moved + 1] = into, place
      end
    end
  end)
  if #moved > 0 then follow_merges(moved) end
end

local ahead, clock = redis.call('GET', KEY.clock), redis.call('TIME')
local moment = ahead and string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000) + tonumber(ahead)) or ''
local everyone = {}
for place = 1, #customers do everyone[place] = place end
follow_merges(everyone)
local columns = kept_of(customers, wanted > 0)
return {
  moment, redis.call('EXISTS', KEY.numbers), wanted > 0 and redis.call('HGETALL', KEY.hours) or {}, customers, columns,
  wanted == 2 and stamps_of(columns, #customers) or {},
}
