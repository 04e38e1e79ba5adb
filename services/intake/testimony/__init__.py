"""Testimony: the ledger of claims; numbers that disagree stand side by side."""
