"""What another policy would have been worth, from what the present one logged."""
