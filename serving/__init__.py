"""The service: intake of events, hot state, queue with leases, decisions and their ledger, over HTTP.

`store` holds what is hot. From `sources` come `events`, of `people`; `live` keeps what follows from them right now:
`scoring`, `decisions` and the `queue`. `managers`, `dialers` and `http` are how others ask for it. `services` puts all
of it together, once for each process.
"""
