"""Of everything that could be done, what is allowed and what is worth most."""
