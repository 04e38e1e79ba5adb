"""What each service promises the others: its events, and the topology derived from them.

Rule: an event is owned by its publisher, frozen, named in the past tense. In clear it carries only random ids,
revision, instants and state names fit for every consumer; all else about a person is `Sealed`.
"""
