"""What happened: the door for events, the durable streams they wait in, and the lake that keeps them."""
