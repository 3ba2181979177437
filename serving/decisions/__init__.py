"""What to do for a customer: the next action, its ledger, and what came of it."""
