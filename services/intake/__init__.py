"""Intake: from a request for help to a verified, triaged, planned case.

Owns: requests, people, cases with verification, triage and plan, consent, claims; and the journey of every person as
one row, built from the others' events.
Publishes: case_opened, case_state_changed, access_changed, consent_changed.
Listens to: logistics (stay_changed, person_cleared, journey_departed, journey_arrived); settlement (pathway_changed,
reception_confirmed, reception_ended, plan_opened); notify (referral_received).
Personal data: what people told of themselves and others, in which language and how urgently; names, papers' names,
birth dates, countries; consent and its proof; what verification showed; priorities and plans. All encrypted under the
key of the request, person or case.
"""
