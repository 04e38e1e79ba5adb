"""The HTTP door: who calls, with what key and version, and how answers and refusals look.

Rule: a route is thin; it turns a request into one action inside a `Work`. Commit comes before the answer, a repeated
request gets the first answer again, and no status code is spoken of below `routes.py`.
"""

from shared.web.bodies import Created, Done, Limit, Page
from shared.web.calls import Anybody, Change, Look, Post, Send
from shared.web.door import Door

__all__ = ["Anybody", "Change", "Created", "Done", "Door", "Limit", "Look", "Page", "Post", "Send"]
