"""Logistics: shelter, papers and travel, from the first bed to the confirmed arrival of a group.

Owns: safe houses and stays (safe_houses), travel documents and the papers gate with its entry clearances (documents),
journeys with legs, check-ins and recorded splits (journeys); and what it knows of the people of a case (travellers):
members, the state of their case, their consents.
Publishes: stay_changed, person_cleared, journey_departed, journey_arrived, check_in_missed, check_in_received,
glass_broken, audit_head_reached, consent_acknowledged, erasure_completed, events_purged.
Listens to: intake (case_opened, people_joined, case_state_changed, access_changed, consent_changed, tokens_revoked,
audit_head_reached, person_erased); settlement (sight_changed, entry_cleared, reception_confirmed,
audit_head_reached).
Personal data: birth dates, countries of danger, consents, travel documents with their scans and entry clearances
under the key of the person; places, destinations, reasons of a split and spoken words under the key of the case; the
address of a house under the key of the house, which no event ever carries.
"""
