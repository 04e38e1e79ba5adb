"""Webhooks: referrals that partners send in, and news of their cases that goes out to them."""
