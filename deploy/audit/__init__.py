"""Audit logs looked at from outside their services: whether they are whole, and what they hold.

Rule: a log is judged by its own chain and by what the other services heard of it, so that whoever could write to one
database still cannot hide what was changed there.
"""

from deploy.audit.logs import Verdict, read_rows, verify
from deploy.audit.walk import Walk, Witness

__all__ = ["Verdict", "Walk", "Witness", "read_rows", "verify"]
