"""Quality of what comes in: feeds, words, amounts, clocks, tags and models, each fault with its likely cause."""
