-- Shared by every script of the queue. ARGV[1] is the caller's time in milliseconds. Names of keys, places of fields and
-- words are filled in from what Python declares (serving/store/filling.py). What is packed is MessagePack.
-- While a worker keeps it there is one clock, the store's: a caller whose own is wrong ends nobody's lease early.
local function time_of(caller)
  local ahead = redis.call('GET', KEY.clock)
  if not ahead then return caller end
  local clock = redis.call('TIME')
  return clock[1] * 1000 + math.floor(clock[2] / 1000) + tonumber(ahead)
end

local now = time_of(tonumber(ARGV[1]))

local function zone_of(cell) return string.match(cell, CELL.zone) end
local function campaign_of(cell) return string.match(cell, CELL.campaign) end
local function class_of(lane) return string.match(lane, WHOSE.kind) end
local function lane_of_agent(class, agent) return class .. WHOSE.mark .. agent end
local OF_AGENTS = {[LANE.due] = true, [LANE.own] = true}
local function number(value) return string.format('%.17g', value) end

-- A time (ms) as it is written in UTC; days are counted from the March before year 0.
local function written(time)
  local days, rest = math.floor(time / 86400000) + 719468, math.floor(time % 86400000)
  local era = math.floor(days / 146097)
  local day = days - era * 146097
  local year = math.floor((day - math.floor(day / 1460) + math.floor(day / 36524) - math.floor(day / 146096)) / 365)
  day = day - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * day + 2) / 153)
  day, year = day - math.floor((153 * month + 2) / 5) + 1, year + era * 400 + (month < 10 and 0 or 1)
  month = month < 10 and month + 3 or month - 9
  local minutes, milliseconds = math.floor(rest / 60000), rest % 60000
  return string.format(ENTRY.moment, year, month, day, math.floor(minutes / 60), minutes % 60,
    math.floor(milliseconds / 1000), milliseconds % 1000)
end

local function item_of(text)
  if not text or text == '' then return nil end
  local row = cmsgpack.unpack(text)
  return {
    phones = row[ITEM.phones], owner = row[ITEM.owner], reserve = row[ITEM.reserve], partition = row[ITEM.partition],
    places = row[ITEM.places],
  }
end

-- What is known of customers, in their order.
local function facts_of(customers)
  local texts, holds = redis.call('HMGET', KEY.items, unpack(customers)), redis.call('HMGET', KEY.held_customers, unpack(customers))
  local rests, lanes = redis.call('HMGET', KEY.rest, unpack(customers)), redis.call('HMGET', KEY.lane, unpack(customers))
  local pushes = redis.call('HMGET', KEY.pushed, unpack(customers))
  local promises = redis.call('HMGET', KEY.promises, unpack(customers))
  local reserved = redis.call('HMGET', KEY.reserved, unpack(customers))
  local found = {}
  for i, customer in ipairs(customers) do
    found[i] = {
      customer = customer, text = texts[i], held = holds[i], rest = tonumber(rests[i] or 0), lane = lanes[i] or LANE.open,
      pushed = pushes[i], promise = promises[i] and cmsgpack.unpack(promises[i]),
      reserved = reserved[i] and cmsgpack.unpack(reserved[i]),
    }
  end
  return found
end

local function tell(partition, id, kind, customer, time, data)
  local event = string.format(
    ENTRY.written, cjson.encode(id), kind, cjson.encode(customer), time, cjson.encode(data))
  redis.call('XADD', KEY.stream(partition), '*', ENTRY.event, event)
end

local function each(command, name, values)
  if #values > 0 then redis.call(command, name, unpack(values)) end
end

-- Up to so many at once.
local function by_chunks(names, act)
  for first = 1, #names, 500 do act({unpack(names, first, math.min(first + 499, #names))}) end
end

local function set_of(values)
  local found = {}
  for _, value in ipairs(values) do found[value] = true end
  return found
end
