"""Consent: for which purpose which class of recipients may learn of a person."""
