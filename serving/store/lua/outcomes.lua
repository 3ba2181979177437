-- What comes after a call: rests, promises, and what came of calling.

-- Why a customer rests, and until when, so that those who rest can be counted by reason.
local function keep_rest(customer, disposition, ends)
  redis.call('ZADD', KEY.resting_after(disposition), number(ends), customer)
  redis.call('SADD', KEY.resting, disposition)
end

local function forget_rest(customer)
  for _, disposition in ipairs(redis.call('SMEMBERS', KEY.resting)) do
    redis.call('ZREM', KEY.resting_after(disposition), customer)
  end
end

-- After which disposition a customer rests, nil for none.
local function rests_after(customer)
  for _, disposition in ipairs(redis.call('SMEMBERS', KEY.resting)) do
    if redis.call('ZSCORE', KEY.resting_after(disposition), customer) then return disposition end
  end
end

local function lifted_of(customer)
  local kept = redis.call('HGET', KEY.lifted, customer)
  return kept and cmsgpack.unpack(kept)
end

-- A rest ends before its time. It is kept, as what ended it may be no more.
local function lift(known, disposition)
  redis.call('HSET', KEY.lifted, known.customer, cmsgpack.pack({known.rest, disposition}))
  redis.call('HDEL', KEY.rest, known.customer)
  forget_rest(known.customer)
  known.rest = 0
end

-- The rest that was lifted is there again.
local function restore(known)
  local lifted = lifted_of(known.customer)
  if not lifted then return end
  redis.call('HDEL', KEY.lifted, known.customer)
  if lifted[LIFTED.rest] < known.rest then return end
  known.rest = lifted[LIFTED.rest]
  redis.call('HSET', KEY.rest, known.customer, number(known.rest))
  keep_rest(known.customer, lifted[LIFTED.disposition], known.rest)
end

-- Keep what came of calls with this one, unless something came in between; whether it was kept. It is a retry, where the
-- call reached nobody and the rest ends.
local function note_call(customer, outcome, before, after)
  if (redis.call('HGET', KEY.attempts, customer) or '') ~= before then return false end
  redis.call('HSET', KEY.attempts, customer, after)
  redis.call('HINCRBY', KEY.hours, outcome.hour .. TRIED.calls, 1)
  if outcome.reached then redis.call('HINCRBY', KEY.hours, outcome.hour .. TRIED.reached, 1) end
  if outcome.reached or outcome.rest >= LIMIT.never then redis.call('HDEL', KEY.retries, customer)
  else redis.call('HSET', KEY.retries, customer, number(outcome.rest)) end
  return true
end

-- What comes after a call: a rest with its reason, the promise that was made in it, and
-- the number that rests. One that the call book does not count ends a retry, as it came to something.
local function follow(customer, outcome)
  redis.call('HSET', KEY.rest, customer, number(outcome.rest))
  redis.call('HDEL', KEY.lifted, customer)
  forget_rest(customer)
  keep_rest(customer, outcome.disposition, outcome.rest)
  redis.call('HDEL', KEY.pushed, customer)
  redis.call('HDEL', KEY.reserved, customer)
  if outcome.promise then redis.call('HSET', KEY.promises, customer, cmsgpack.pack(outcome.promise))
  else redis.call('HDEL', KEY.promises, customer) end
  if not outcome.hour then redis.call('HDEL', KEY.retries, customer) end
  -- Whoever was called asked not to be: their number rests, whoever else has it.
  local resting = outcome.number
  if resting then redis.call('ZADD', KEY.numbers, 'GT', number(resting[RESTING.since]), resting[RESTING.digest]) end
end
