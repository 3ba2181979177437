-- ARGV: now, how long leases are to last from now on (ms), then for each its id and token.
-- Returns the record of each, or '' where it is not held with this token any more.
local records = {}
for i = 3, #ARGV, 2 do
  local lease = held(ARGV[i], ARGV[i + 1])
  records[#records + 1] = lease and prolong(ARGV[i], lease, tonumber(ARGV[2])) or ''
end
return records
