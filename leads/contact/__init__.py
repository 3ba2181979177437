"""The contact policy: by which channels, at what hours and how often, and when a lead is called again."""
