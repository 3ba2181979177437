-- Who is next is decided on ahead of the claim.

-- These customers, the best first, are decided on ahead from now on: of several cells the first of each come first.
local function want(customers)
  if #customers == 0 or redis.call('ZCARD', KEY.next) >= LIMIT.most_next then return end
  local due = {}
  for n, customer in ipairs(customers) do due[2 * n - 1], due[2 * n] = number(now - math.max(LIMIT.next - n, 0)), customer end
  redis.call('ZADD', KEY.next, 'NX', unpack(due))
end

-- Something happened with these customers: who of them is next is decided on anew.
local function want_anew(customers)
  local due = {}
  for n, customer in ipairs(customers) do due[2 * n - 1], due[2 * n] = number(now), customer end
  redis.call('ZADD', KEY.next, 'XX', 'LT', unpack(due))
end

-- Whether somebody claimed from a queue not long ago.
local function claimed_lately(queue)
  return now - tonumber(redis.call('HGET', KEY.claimed, queue) or 0) < LIMIT.lately
end

-- Somebody claims from a queue; who is next there is decided on ahead from now on.
local function note_claim(queue)
  local lately = claimed_lately(queue)
  redis.call('HSET', KEY.claimed, queue, number(now))
  if lately then return end
  for _, lane in ipairs(redis.call('SMEMBERS', KEY.lanes(queue))) do
    for _, cell in ipairs(redis.call('ZRANGE', KEY.cells(queue, lane), 0, -1)) do
      want(redis.call('ZREVRANGE', KEY.cell(queue, lane, cell), 0, LIMIT.next - 1))
    end
  end
end
