"""What can be done with lists from elsewhere, and with the form that goes to a government."""
