"""The desk: the staff app, pages over the four APIs that work without scripts. It has no place on the bus.

Owns: sessions, with the tokens that they carry.
Personal data: what it shows passes through and is never kept; the tokens of a session are encrypted under the desk's
own key and go with the session.
"""
