-- Where the token of a lease is checked: whoever acts on a lease shows the token that they were given with it.

-- The lease of this id if it is held with this token now, else nil.
local function held(id, token)
  local lease = lease_of(id)
  if not lease or number(lease.token) ~= token or lease.ends <= now then return nil end
  return lease
end
