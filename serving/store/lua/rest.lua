-- ARGV: now, customer, what came of a call that nobody had claimed, as JSON
-- (CallOutcome), then what came of calls before it and with it, packed. Returns 1, or 0 when something came in between that changed what came before. A waiting
-- customer leaves the queues until then; whoever holds one goes on holding. What was promised or pushed before the call
-- is done with it, and their owner's service time begins anew.
local outcome, customer = cjson.decode(ARGV[3]), ARGV[2]
if outcome.hour and not note_call(customer, outcome, ARGV[4], ARGV[5]) then return 0 end
local known = facts_of({customer})[1]
local item = item_of(known.text)
follow(customer, outcome)
known.rest, known.promise, known.pushed, known.reserved = outcome.rest, outcome.promise, nil, nil
if item and not known.held then move(known, item, item) end
return 1
