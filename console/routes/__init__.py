"""Routes of the console, by section."""
