"""How a list is read, what its columns mean here, what is wrong with its rows; and the form that a government reads."""
