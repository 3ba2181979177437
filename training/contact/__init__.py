"""What contact changes, and what it takes: learned from trials of the past, judged, and used where it proves itself."""
