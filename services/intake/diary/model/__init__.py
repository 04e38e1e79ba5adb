"""The rules of the diary: notes are corrected and never overwritten, nobody is booked twice."""
