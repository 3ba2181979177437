-- Shared by the scripts that hand out or show the best: many cells are read as one list, best first.

-- A walk goes down a cell, best first: to the next customer, or to the first one from a rank on. It reads ahead, each
-- time further.
local function step(walk, rank)
  rank = math.max(rank or 0, walk.rank + 1)
  walk.at, walk.rank = walk.at + 2 * (rank - walk.rank), rank
  if not walk.read[walk.at] and #walk.read == 2 * walk.ahead then
    walk.at, walk.ahead = 1, math.min(2 * walk.ahead, 256)
    walk.read = redis.call('ZREVRANGE', walk.name, rank, rank + walk.ahead - 1, 'WITHSCORES')
  end
  walk.customer, walk.score = walk.read[walk.at], tonumber(walk.read[walk.at + 1])
end

local function better(a, b)
  if a.score ~= b.score then return a.score > b.score end
  return a.customer > b.customer
end

-- Walks that stand at a customer, as a heap: the one with the best of all comes first.
local function sink(walks, place)
  local walk, size = walks[place], #walks
  while 2 * place <= size do
    local below = 2 * place
    if below < size and better(walks[below + 1], walks[below]) then below = below + 1 end
    if not better(walks[below], walk) then break end
    walks[place], place = walks[below], below
  end
  walks[place] = walk
end

local function heap(walks)
  for place = math.floor(#walks / 2), 1, -1 do sink(walks, place) end
  return walks
end

-- The first walk has gone on, or is at its end: where the best one is now.
local function again(walks)
  if not walks[1].customer then
    walks[1] = walks[#walks]
    walks[#walks] = nil
  end
  if walks[1] then sink(walks, 1) end
end

-- Add walks down the cells of a lane that match. wanted: how many customers are wanted of them all.
local function add_walks(walks, queue, lane, wanted, matches)
  local cells = redis.call('SMEMBERS', KEY.cells(queue, lane))
  if #cells == 0 then redis.call('SREM', KEY.lanes(queue), lane) end
  local matching = {}
  for _, cell in ipairs(cells) do
    if matches(cell) then matching[#matching + 1] = cell end
  end
  local ahead = math.min(math.ceil(wanted / #matching), 256)
  for _, cell in ipairs(matching) do
    local name = KEY.cell(queue, lane, cell)
    local read = redis.call('ZREVRANGE', name, 0, ahead - 1, 'WITHSCORES')
    if read[1] then
      walks[#walks + 1] = {
        name = name, cell = cell, lane = lane, campaign = GRANTED.campaign .. campaign_of(cell), rank = 0,
        read = read, at = 1, ahead = ahead, customer = read[1], score = tonumber(read[2]),
      }
    else
      redis.call('SREM', KEY.cells(queue, lane), cell)
    end
  end
end
