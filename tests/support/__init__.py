"""What tests have in common: rooms in which one service runs alone, real servers, real processes."""
