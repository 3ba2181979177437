-- Who is next is decided on ahead of the claim.

local function due_now(customers)
  local due = {}
  for n, customer in ipairs(customers) do due[2 * n - 1], due[2 * n] = number(now), customer end
  return due
end

-- These customers are decided on ahead from now on.
local function want(customers)
  if #customers == 0 or redis.call('ZCARD', KEY.next) >= LIMIT.most_next then return end
  redis.call('ZADD', KEY.next, 'NX', unpack(due_now(customers)))
end

-- Something happened with these customers: who of them is next is decided on anew.
local function want_anew(customers) redis.call('ZADD', KEY.next, 'XX', 'LT', unpack(due_now(customers))) end
