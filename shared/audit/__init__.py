"""The audit log: who did or saw what, about whom, when; its chain, its index, and what others heard of it.

Rule: every look and every change writes its row in the transaction that carries it (`rows`). Within a second the row
gets its link in the chain and its places in the index (`chain`); rows, links and places are only ever added.
"""

from shared.audit.chain import ABOUT, CHAIN, LINKS, link_rows, unlinked_count
from shared.audit.rows import AUDIT, AuditEntry, write_audit
from shared.audit.witnesses import WITNESSES

__all__ = [
    "ABOUT",
    "AUDIT",
    "CHAIN",
    "LINKS",
    "WITNESSES",
    "AuditEntry",
    "link_rows",
    "unlinked_count",
    "write_audit",
]
