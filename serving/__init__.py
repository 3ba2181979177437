"""The service: intake of events, hot state, queue with leases, decisions and their ledger, over HTTP."""
