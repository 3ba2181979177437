"""The door for events: what is right is made durable, and told what it was for."""
