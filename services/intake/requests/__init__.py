"""Requests for help: received through any channel, screened, recognised as duplicates, accepted as cases."""
