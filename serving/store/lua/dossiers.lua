-- ARGV: 1 where what came of calls is wanted too, then the ids of customers.
-- Returns the time that the service's processes agree on (ms, '' where none keeps it), whether any number rests (0 or 1),
-- the hours of calls as a hash is returned ({} where they are not wanted), then lists with an entry for each customer: the id that
-- they are kept under now, their record, profile, counters, policies, promise, retry, and what came of calling them (none where
-- that is not wanted). All of it is of one moment.
local with_calls, customers = ARGV[1] == '1', {}
for i = 2, #ARGV do customers[i - 1] = ARGV[i] end

local function by_parts(names, act)
  for first = 1, #names, 1000 do act({unpack(names, first, math.min(first + 999, #names))}, first) end
end

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

local function collect(found, part)
  for _, value in ipairs(part) do found[#found + 1] = value end
end

local function from_hash(name)
  local found = {}
  by_parts(customers, function(part) collect(found, redis.call('HMGET', name, unpack(part))) end)
  return found
end

local function rows(key)
  local found = {}
  by_parts(customers, function(part)
    local names = {}
    for n, customer in ipairs(part) do names[n] = key(customer) end
    collect(found, redis.call('MGET', unpack(names)))
  end)
  return found
end

local ahead, clock = redis.call('GET', KEY.clock), redis.call('TIME')
local moment = ahead and string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000) + tonumber(ahead)) or ''
local everyone = {}
for place = 1, #customers do everyone[place] = place end
follow_merges(everyone)
return {
  moment, redis.call('EXISTS', KEY.numbers), with_calls and redis.call('HGETALL', KEY.hours) or {},
  customers, from_hash(KEY.contacts), rows(KEY.profile), rows(KEY.interactions), rows(KEY.standing),
  from_hash(KEY.promises), from_hash(KEY.retries), with_calls and from_hash(KEY.attempts) or {},
}
