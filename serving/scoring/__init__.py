"""What models say of a customer, and why."""
