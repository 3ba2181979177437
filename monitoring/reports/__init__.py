"""Business reports: what managers ask, from the lake alone, each number with the customers behind it."""
