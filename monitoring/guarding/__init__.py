"""What follows from a look in a running service: alerts are sent, and models trained again where it is declared."""
