-- Who is at work on a day and shares with others, and what all of them have had, in sums: one more agent costs nothing.
-- ARGV: day, counter (`top:A`, `team:T`), since when whoever claimed counts as at work (ms), and to note an account
-- of the counter: at (ms), weight (millionths), start, 1 where content, had.
-- Returns whether they are at work, the start of their account, what they have had by now, and of the others at work
-- weight and had (with starts), then the same of those who are content.
local day, name, since = ARGV[1], ARGV[2], ARGV[3]
local kind = string.match(name, WHOSE.kind)
local AT_WORK, ACCOUNTS, TOTALS = KEY.shares_at(day, kind), KEY.shares_accounts(day, kind), KEY.shares_sums(day, kind)
local packed = redis.call('GET', TOTALS)
local sums = packed and cmsgpack.unpack(packed) or {0, 0, 0, 0}

local function account_of(counter)
  local text = redis.call('HGET', ACCOUNTS, counter)
  return text and cmsgpack.unpack(text) or {0, 0, 0, 0}
end

local function add(all, account, sign)
  local weight, had = sign * account[ACCOUNT.weight], sign * (account[ACCOUNT.start] + account[ACCOUNT.had])
  all[SUMS.weight], all[SUMS.had] = all[SUMS.weight] + weight, all[SUMS.had] + had
  if account[ACCOUNT.content] == 1 then
    all[SUMS.content_weight], all[SUMS.content_had] = all[SUMS.content_weight] + weight, all[SUMS.content_had] + had
  end
end

local idle = redis.call('ZRANGEBYSCORE', AT_WORK, '-inf', '(' .. since)
for _, counter in ipairs(idle) do
  add(sums, account_of(counter), -1)
  redis.call('ZREM', AT_WORK, counter)
end
local account, at_work = account_of(name), redis.call('ZSCORE', AT_WORK, name) and 1 or 0
local start, others = account[ACCOUNT.start], {unpack(sums)}
if at_work == 1 then add(others, account, -1) end
if ARGV[4] then
  sums = {unpack(others)}
  account[ACCOUNT.weight], account[ACCOUNT.start] = tonumber(ARGV[5]), tonumber(ARGV[6])
  account[ACCOUNT.content], account[ACCOUNT.had] = tonumber(ARGV[7]), tonumber(ARGV[8])
  redis.call('HSET', ACCOUNTS, name, cmsgpack.pack(account))
  redis.call('ZADD', AT_WORK, ARGV[4], name)
  add(sums, account, 1)
end
if ARGV[4] or #idle > 0 then
  redis.call('SET', TOTALS, cmsgpack.pack(sums))
  for _, kept in ipairs({AT_WORK, ACCOUNTS, TOTALS}) do redis.call('EXPIRE', kept, 172800) end
end
return {
  [STANDING.at_work] = at_work, [STANDING.start] = start,
  [STANDING.had] = tonumber(redis.call('HGET', KEY.taken(day), name) or 0),
  [STANDING.weight] = others[SUMS.weight], [STANDING.others_had] = others[SUMS.had],
  [STANDING.content_weight] = others[SUMS.content_weight], [STANDING.content_had] = others[SUMS.content_had],
}
