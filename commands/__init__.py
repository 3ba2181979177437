"""The command line: parses, calls the rooms, prints. It decides nothing."""
