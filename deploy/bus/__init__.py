"""The bus as the topology declares it: provisioning, permissions, the look at what is there, purging.

Rule: only the operator's credential creates, changes or purges; services find everything made.
"""

from deploy.bus.connection import operating
from deploy.bus.permissions import CLOCK, OPERATOR, permissions
from deploy.bus.provision import apply, publishers, refuse_late_sync
from deploy.bus.purging import Purge, purge_erased
from deploy.bus.reconcile import Gap, reconcile
from deploy.bus.show import DurableState, StreamState, purge, show

__all__ = [
    "CLOCK",
    "OPERATOR",
    "DurableState",
    "Gap",
    "Purge",
    "StreamState",
    "apply",
    "operating",
    "permissions",
    "publishers",
    "purge",
    "purge_erased",
    "reconcile",
    "refuse_late_sync",
    "show",
]
