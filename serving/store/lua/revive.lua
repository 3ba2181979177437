-- ARGV: now, customer, most attempts of a lead and of a number, 1 where they agreed to calls since they said no,
-- how many of their numbers were told again after they had been wrong, then their numbers, those first. They are wrong no
-- more. Who rests for good because no number was left is called again once they have one that may be dialled; whoever
-- said no in a call is left in peace until they agree. Where that is so no more they rest again. Returns 1 where they
-- were woken, else 0.
local customer, of_lead, of_number = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HGET', KEY.attempts, customer)
if not kept then return 0 end
local page = cmsgpack.unpack(kept)
local tried, misses, numbers = page[ATTEMPT.total], page[ATTEMPT.misses], page[ATTEMPT.numbers]
local right = false
for i = 7, 6 + tonumber(ARGV[6]) do
  local number = numbers[ARGV[i]]
  if number and number[NUMBER.wrong] then number[NUMBER.wrong], right = false, true end
end
if right then redis.call('HSET', KEY.attempts, customer, cmsgpack.pack(page)) end

local known, lifted = facts_of({customer})[1], lifted_of(customer)
local rest = lifted and lifted[LIFTED.rest] or known.rest
if rest < LIMIT.never then return 0 end
local after = lifted and lifted[LIFTED.disposition] or rests_after(customer)

local function may_be_dialled(phone)
  local number = numbers[phone]
  return not number or not number[NUMBER.wrong] and number[NUMBER.total] < of_number
end

local function is_over()
  local agreed = ARGV[5] == '1' and after == DISPOSITION.do_not_call
  if misses == 0 and not agreed or tried >= of_lead then return false end
  for i = 7, #ARGV do
    if may_be_dialled(ARGV[i]) then return true end
  end
  return false
end

local over = is_over()
if over == (lifted and true or false) then return 0 end
if over then lift(known, after or '') else restore(known) end
local item = item_of(known.text)
if item and not known.held then move(known, item, item) end
return over and 1 or 0
