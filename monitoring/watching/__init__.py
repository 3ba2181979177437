"""Looking after a home: everything that is watched, once or at a cadence, and the page that tells of it."""
