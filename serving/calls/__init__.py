"""What came of calling customers: attempts and hours, and what was promised."""
