"""The tables of referrals and deliveries, and every query on them."""
