"""The catalogue on pages: its entries as fields with help and faults, drafts, what they would move, and history."""
