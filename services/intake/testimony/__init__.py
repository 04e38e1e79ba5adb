"""Testimony: what people said and what it may be used for, evidence, and the ledger of claims.

Rule: nothing that was said is overwritten, nothing is used that was not consented to, and numbers that disagree stand
side by side.
"""
