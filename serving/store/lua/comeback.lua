-- ARGV: now, customer. Who rests because an agent had sold them something, and of whom the core says that it is
-- over, may be called again. Returns 1 where they may, else 0.
local known, after = facts_of({ARGV[2]})[1], rests_after(ARGV[2])
local sold = after == DISPOSITION.sale or after == DISPOSITION.renewed
if not sold or known.rest >= LIMIT.never then return 0 end
lift(known, after)
local item = item_of(known.text)
if item and not known.held then move(known, item, item) end
return 1
