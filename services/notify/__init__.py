"""Notify: everything that leaves, and what partners send in. Nothing goes out except through its gates.

Owns: partners with their agreements and secrets, pseudonyms of cases per partner, deliveries to partners, alerts to
staff, the figures that the public may read.
Publishes: referral_received.
Listens to: intake (case_opened, case_state_changed, access_changed, consent_changed); logistics (check_in_missed,
check_in_received); settlement (outcome_recorded, figures_disclosed).
Personal data: consent to share with a partner, and whether a person counts in a public figure; names, addresses and
secrets of partners. All encrypted under the key of the person or partner. Referrals pass through unopened.
"""
