"""Settlement: from a way into a country to a settled life.

Owns: programmes with their lists, quota places and waitlists, submissions and decisions, other ways in, outcomes and
their disclosure; receptions; settlement plans with needs and referrals; and what it knows of the people of a case
(newcomers), as intake told it.
Publishes: pathway_changed, sight_changed, entry_cleared, reception_confirmed, reception_ended, plan_opened,
outcome_recorded, figures_disclosed, glass_broken, audit_head_reached, consent_acknowledged, erasure_completed,
events_purged.
Listens to: intake (case_opened, people_joined, case_state_changed, access_changed, consent_changed, tokens_revoked,
audit_head_reached, person_erased); logistics (journey_departed, journey_arrived, audit_head_reached).
Personal data: birth dates, countries of danger, consents, needs with referrals and outcomes, whether a person counts
in public, under the key of the person; countries and dates of entry and arrival, under the key of the case. Names of
programmes and proposed figures are encrypted under the programme's key.
"""
