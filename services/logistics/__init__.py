"""Logistics: shelter, papers and travel, from the first bed to the confirmed arrival of a group.

Owns: safe houses and stays (safe_houses), travel documents and the papers gate with its entry clearances (documents),
journeys with legs, check-ins and recorded splits (journeys); and what it knows of the people of a case (travellers):
members, the state of their case, their consents.
Publishes: stay_changed, person_cleared, journey_departed, journey_arrived, check_in_missed, check_in_received.
Listens to: intake (case_opened, case_state_changed, access_changed, consent_changed); settlement (entry_cleared,
reception_confirmed).
Personal data: birth dates, countries of danger, consents, travel documents and entry clearances under the key of the
person; places, destinations, reasons of a split and spoken words under the key of the case; the address of a house
under the key of the house, which no event ever carries.
"""
