"""What can be done with partners and with the cases shared with them."""
