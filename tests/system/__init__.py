"""The whole system on real processes: whatever is killed, repeated or doubled, the story ends the same."""
