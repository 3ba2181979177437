-- ARGV: prefix, now, queue, limit, open time zones as JSON. Returns customer, item as JSON, state for the best of a queue.
local zones = set_of(ARGV[5])
local granted, sorted = {}, heads(ARGV[3], function(_) return true end)
while #sorted > 0 and #granted < 3 * tonumber(ARGV[4]) do
  local head = table.remove(sorted, 1)
  local cell = string.sub(head[3], #cell_key(ARGV[3], '') + 1)
  local item = item_of(head[2])
  local state = 'ready'
  if item.phone ~= '' and redis.call('HEXISTS', PHONES, item.phone) == 1 then state = 'phone_held'
  elseif not zones[zone_of(cell)] then state = 'outside_window' end
  for _, part in ipairs({head[2], redis.call('HGET', ITEMS, head[2]), state}) do granted[#granted + 1] = part end
  insert(sorted, head_of(head[3], head[4] + 1))
end
return granted
