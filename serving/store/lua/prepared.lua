-- What was decided ahead stands while all that it rests on is as it was: so long a claim need not decide.

-- Whether any of these numbers rests since another time than when it was looked at.
local function rest_otherwise(numbers)
  if #numbers == 0 or redis.call('EXISTS', KEY.numbers) == 0 then
    for _, seen in ipairs(numbers) do
      if seen[SEEN.since] ~= 0 then return true end
    end
    return false
  end
  local digests = {}
  for n, seen in ipairs(numbers) do digests[n] = seen[SEEN.digest] end
  for n, since in ipairs(redis.call('ZMSCORE', KEY.numbers, unpack(digests))) do
    if tonumber(since or 0) ~= numbers[n][SEEN.since] then return true end
  end
  return false
end

-- What was decided ahead for a customer, where all that it rests on but what is kept of them is as it was.
local function fitting(text, lease, asked)
  local kept = text and cmsgpack.unpack(text)
  if not kept or kept[PREPARED.versions] ~= asked.versions or kept[PREPARED.ends] <= now then return nil end
  local offer = kept[PREPARED.offers][asked.queue]
  if not offer or kept[PREPARED.zone] ~= zone_of(lease.cell) or rest_otherwise(kept[PREPARED.numbers]) then return nil end
  return {lease = lease, stamp = kept[PREPARED.stamp], offer = offer}
end

-- Of these leases what was decided ahead and stands, by the customer. It is used once: none of it is kept.
local function take_prepared(leases, asked)
  local customers, names, found, standing = {}, {}, {}, {}
  for n, lease in ipairs(leases) do customers[n] = lease.customer end
  for n, text in ipairs(redis.call('HMGET', KEY.prepared, unpack(customers))) do
    local kept = fitting(text, leases[n], asked)
    if kept then found[#found + 1], names[#names + 1] = kept, leases[n].customer end
  end
  for n, stamp in ipairs(stamps_of(kept_of(names, true), #names)) do
    if stamp == found[n].stamp then standing[names[n]] = found[n].offer end
  end
  redis.call('HDEL', KEY.prepared, unpack(customers))
  redis.call('ZREM', KEY.next, unpack(customers))
  return standing
end
