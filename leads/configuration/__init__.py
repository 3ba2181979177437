"""What an insurer declares in a workspace: tags, events, products, objectives, rules and what input may be."""
