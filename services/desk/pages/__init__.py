"""The pages, one module for each, and what they have in common: the visit, the frame, and what goes wrong.

Rule: a page is whole without a script. What it changes it changes by a form with a one-time token, at the version that
was seen; an address holds ids, states and cursors only.
"""
