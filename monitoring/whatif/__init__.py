"""Decisions of the ledger made once more by a changed catalogue, before it goes live."""
