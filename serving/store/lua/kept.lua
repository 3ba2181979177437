-- What is kept of customers that scores and decisions rest on.

local function by_parts(names, act)
  for first = 1, #names, 1000 do act({unpack(names, first, math.min(first + 999, #names))}, first) end
end

local function collect(found, part)
  for _, value in ipairs(part) do found[#found + 1] = value end
end

local function from_hash(name, customers)
  local found = {}
  by_parts(customers, function(part) collect(found, redis.call('HMGET', name, unpack(part))) end)
  return found
end

local function rows(key, customers)
  local found = {}
  by_parts(customers, function(part)
    local names = {}
    for n, customer in ipairs(part) do names[n] = key(customer) end
    collect(found, redis.call('MGET', unpack(names)))
  end)
  return found
end

-- By columns, each with an entry for each customer: their record, profile, counters, policies, promise, retry, and what
-- came of calling them ({} where that is not wanted).
local function kept_of(customers, with_calls)
  return {
    from_hash(KEY.contacts, customers), rows(KEY.profile, customers), rows(KEY.interactions, customers),
    rows(KEY.standing, customers), from_hash(KEY.promises, customers), from_hash(KEY.retries, customers),
    with_calls and from_hash(KEY.attempts, customers) or {},
  }
end

-- A digest for each of so many customers of what is kept of them, by columns.
local function stamps_of(columns, count)
  local stamps = {}
  for n = 1, count do
    local parts = {}
    for place, column in ipairs(columns) do
      local value = column[n] or ''
      parts[place] = #value .. ' ' .. value
    end
    stamps[n] = redis.sha1hex(table.concat(parts))
  end
  return stamps
end
