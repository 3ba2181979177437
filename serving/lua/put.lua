-- ARGV: prefix, now, then for each customer its id and its item as JSON, '' for none.
for i = 3, #ARGV, 2 do
  local customer, text = ARGV[i], ARGV[i + 1]
  local before = item_of(customer)
  if before then take(customer, before) end
  if text == '' then
    redis.call('HDEL', ITEMS, customer)
  else
    redis.call('HSET', ITEMS, customer, text)
    place(customer, cjson.decode(text))
  end
end
return (#ARGV - 2) / 2
