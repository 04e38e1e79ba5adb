"""What can be done with webhooks: take referrals in, queue news of a case, send it."""
