"""Notify: everything that leaves, and what partners send in. Nothing goes out except through its gates,
and after a word said under duress nothing about its case until somebody else gives the all-clear.

Owns: partners with their agreements and secrets, pseudonyms of cases per partner, deliveries to partners, alerts to
staff, the figures that the public may read.
Publishes: referral_received, audit_head_reached, consent_acknowledged, erasure_completed, events_purged.
Listens to: intake (case_opened, people_joined, case_state_changed, access_changed, consent_changed, code_word_said,
duty_called, duty_settled, glass_broken, tokens_revoked, audit_head_reached, person_erased); logistics
(check_in_missed, check_in_received, glass_broken, audit_head_reached); settlement (sight_changed, outcome_recorded,
figures_disclosed, glass_broken, audit_head_reached).
Personal data: consent to share with a partner and to count in public, and whether a person counts in a figure; names,
addresses and secrets of partners. All encrypted under the key of the person or partner. Referrals pass through
unopened.
"""
