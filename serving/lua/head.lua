-- ARGV: prefix, now, queue, limit, open time zones as JSON.
-- Returns customer, item packed, state and lane for the best of a queue, in the order in which they are handed out.
local queue, limit, zones = ARGV[3], tonumber(ARGV[4]), set_of(cjson.decode(ARGV[5]))
local found, by_class = {}, {top = {}, due = {}, over = {}, own = {}, open = {}}
for _, lane in ipairs(redis.call('SMEMBERS', key('lanes:' .. queue))) do
  local class = lane == '' and 'open' or string.match(lane, '^[^:]*')
  add_heads(by_class[class], queue, lane, function(_) return true end)
end
for _, class in ipairs({'top', 'due', 'over', 'own', 'open'}) do
  local sorted = by_class[class]
  table.sort(sorted, better)
  while #sorted > 0 and #found < 4 * limit do
    local head = table.remove(sorted, 1)
    local text = redis.call('HGET', ITEMS, head.customer)
    local state = 'ready'
    if phone_held(item_of(text).phones) then state = 'phone_held'
    elseif not zones[zone_of(head.cell)] then state = 'outside_window' end
    for _, part in ipairs({head.customer, text, state, head.lane}) do found[#found + 1] = part end
    insert(sorted, head_of(head, head.rank + 1))
  end
end
return found
