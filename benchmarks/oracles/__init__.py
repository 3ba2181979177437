"""What the product is measured against: the same rules once more, naive or by hand, and what the record says."""
