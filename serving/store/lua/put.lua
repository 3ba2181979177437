-- ARGV: now, 1 where something happened with these customers, then for each its id and its item, packed, '' for none. No
-- customer comes twice. With whom something happened is decided on ahead anew.
local customers = {}
for i = 3, #ARGV, 2 do customers[#customers + 1] = ARGV[i] end
for i, known in ipairs(facts_of(customers)) do
  local text, so_far = ARGV[2 * i + 2], known.text or ''
  if text ~= so_far then
    if text == '' then redis.call('HDEL', KEY.items, known.customer) else redis.call('HSET', KEY.items, known.customer, text) end
    if not known.held then
      local before, item = item_of(so_far), item_of(text)
      if not item then
        leave(known, before)
        redis.call('ZREM', KEY.waiting, known.customer)
        if known.reserved then redis.call('HDEL', KEY.reserved, known.customer) end
      elseif before then move(known, before, item)
      else stand(known, item, lane_of(known, item)) end
    end
  end
end
if tonumber(ARGV[2]) == 1 then want_anew(customers) end
return #customers
