"""The service: intake of events, hot state, queue with leases, decisions and their ledger, over HTTP.

Its floors, each of which knows none above it: `store` (what is hot), `events` in streams, of `people`, on their way
into the lake (`recording`); what came of `calls`, and what the `desk` has laid down; `scoring`, `decisions` and the
`queue`; `intake`, and `live`, which keeps what follows from events right now. `managers`, `dialers`, `sources` and
`http` are how others ask for it. `composition` puts all of it together, once for each process.
"""
