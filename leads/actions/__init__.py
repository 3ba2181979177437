"""What can be done for a customer: actions, campaigns, plays, levers, and the catalogue of them all."""
