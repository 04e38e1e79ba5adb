"""Intake: from a request for help to a verified, triaged, planned case.

Owns: requests with their queue, hand-overs and contacts, people, how they can be reached and reveals of who they are,
cases with verification, triage and plan, consent, testimony, claims, notes, appointments, interpreters, search,
duties, teams, the roster, names of colleagues, imports, what is kept until when, legal holds, erasures; threads with
who came through the public front door, which is a program of its own (`front_door`); and the journey of every person
as one row, built from the others' events.
Publishes: case_opened, people_joined, case_state_changed, access_changed, consent_changed, code_word_said,
duty_called, duty_settled, glass_broken, tokens_revoked, audit_head_reached, person_erased, events_purged.
Listens to: logistics (stay_changed, person_cleared, journey_departed, journey_arrived, audit_head_reached,
consent_acknowledged, erasure_completed, events_purged); settlement (pathway_changed, sight_changed,
reception_confirmed, reception_ended, plan_opened, audit_head_reached, consent_acknowledged, erasure_completed,
events_purged); notify (referral_received, audit_head_reached, consent_acknowledged, erasure_completed,
events_purged).
Personal data: what people told of themselves and others, in which language and how urgently, who asked for whom and
what was decided and tried; names, papers' names and markers, birth dates, countries, nationality, marital status;
SOGIESC, needs, concerns, family; how they can be reached, code and duress words; consents and their proofs; what
witnesses said and gave as evidence; what verification showed, files and interviews of it; priorities, plans and
safety plans; which needs and concerns of whom counted in a triage; why somebody has more cases than their cap, keeps
away or gives a case to somebody else; how cases end and how people are then; what staff must do for them; notes,
appointments and contacts, who interprets and what people asked of interpreters; letters and files of who came through
the front door; why somebody is to be erased, or asked who a person is. All encrypted under the key of the request,
person or case.
"""
