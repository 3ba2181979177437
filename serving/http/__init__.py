"""The API under /v1: it only translates."""
