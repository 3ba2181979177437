"""Times, zones and numbers, as people and machines say them."""
