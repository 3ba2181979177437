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

local function rise(walks, place)
  local walk = walks[place]
  while place > 1 and better(walk, walks[math.floor(place / 2)]) do
    walks[place], place = walks[math.floor(place / 2)], math.floor(place / 2)
  end
  walks[place] = walk
end

-- The first walk has gone on, or is at its end: where the best one is now.
local function again(walks)
  if not walks[1].customer then
    walks[1] = walks[#walks]
    walks[#walks] = nil
  end
  if walks[1] then sink(walks, 1) end
end

-- Cells that nobody has looked into yet, the most promising last: none holds anybody above `most`. Of a lane `count` are
-- read, -1 for all but those that were read before; what stands for the others is as promising as the last of these.
local function look_up_cells(waiting, queue, lane, count, before)
  local cells = redis.call('ZREVRANGE', KEY.cells(queue, lane), 0, count < 0 and -1 or count - 1, 'WITHSCORES')
  if #cells == 0 then redis.call('SREM', KEY.lanes(queue), lane) end
  if #cells == 2 * count then
    waiting[#waiting + 1] = {queue = queue, lane = lane, read = cells, most = tonumber(cells[#cells])}
  end
  local known = {}
  for n = 1, #(before or {}), 2 do known[before[n]] = true end
  for n = #cells - 1, 1, -2 do
    if not known[cells[n]] then
      waiting[#waiting + 1] = {queue = queue, lane = lane, cell = cells[n], most = tonumber(cells[n + 1])}
    end
  end
end

-- A walk begins down a cell, or the cell is forgotten where it is empty. ahead: how many are read at once.
local function begin(walks, at, ahead)
  local name, cells = KEY.cell(at.queue, at.lane, at.cell), KEY.cells(at.queue, at.lane)
  local read = redis.call('ZREVRANGE', name, 0, ahead - 1, 'WITHSCORES')
  if not read[1] then return redis.call('ZREM', cells, at.cell) end
  local score = tonumber(read[2])
  if score < at.most then redis.call('ZADD', cells, number(score), at.cell) end
  walks[#walks + 1] = {
    name = name, cell = at.cell, lane = at.lane, campaign = GRANTED.campaign .. campaign_of(at.cell), rank = 0,
    read = read, at = 1, ahead = ahead, customer = read[1], score = score,
  }
  rise(walks, #walks)
end

-- The walk that stands at the best of all who match, nil at the end: a cell is looked into once nobody better is known.
-- matches: whether the customers of a cell may be taken.
local function best_of(walks, waiting, ahead, matches)
  while #waiting > 0 and (not walks[1] or waiting[#waiting].most >= walks[1].score) do
    local at = table.remove(waiting)
    if at.read then look_up_cells(waiting, at.queue, at.lane, -1, at.read)
    elseif matches(at.cell) then begin(walks, at, ahead) end
  end
  return walks[1]
end
