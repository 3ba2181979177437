"""Who they are: profiles, identities, two records that turn out to be one, and who is to be forgotten."""
