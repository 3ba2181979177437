"""What managers read of columns, values and changes, in Chinese and English."""
