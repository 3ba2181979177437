"""One page per person: what is known of them, what is thought of them, and why."""
