"""What the code promises, written into files that are committed: HTTP APIs, messages, schemas, the page of all events.

Rule: nothing here starts a service or reaches a network; the same code yields the same bytes, so that whoever changes
a promise sees it in the diff.
"""

from deploy.snapshots.write import snapshots, write_snapshots

__all__ = ["snapshots", "write_snapshots"]
