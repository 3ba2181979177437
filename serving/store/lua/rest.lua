-- ARGV: prefix, now, customer, rest (ms before which nobody calls), what came of a call that nobody had claimed, as JSON:
-- {disposition, promise: as in complete or absent, hour, reached, where it is in the call book}, then what came of calls
-- before it and with it, packed. Returns 1, or 0 when something came in between that changed what came before. A waiting
-- customer leaves the queues until then; whoever holds one goes on holding. What was promised or pushed before the call
-- is done with it, and their owner's service time begins anew.
local outcome, customer, rest = cjson.decode(ARGV[5]), ARGV[3], tonumber(ARGV[4])
if outcome.hour and not note_call(customer, outcome, ARGV[6], ARGV[7], rest) then return 0 end
local known = facts_of({customer})[1]
local item = item_of(known.text)
follow(customer, outcome, rest)
known.rest, known.promise, known.pushed, known.reserved = rest, outcome.promise, nil, nil
if item and not known.held then move(known, item, item) end
return 1
