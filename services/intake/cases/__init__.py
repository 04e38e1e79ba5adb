"""Cases: verified by one, decided by another, triaged, planned, closed; and the journey of every person on them."""
