-- ARGV: now, limit. Returns how many leases ended and customers came forward.
return settle(tonumber(ARGV[2]))
