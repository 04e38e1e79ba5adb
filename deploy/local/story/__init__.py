"""The story by which Lodestar is measured, told through the public APIs: Chechnya 2017, with invented people.

Rule: nothing is special-cased for it. The story is a client like any other; each of its steps can be told again after
a crash and changes nothing the second time.
"""

from deploy.local.story.chapters import Ending, tell
from deploy.local.story.client import Stage
from deploy.local.story.partner import Partner
from deploy.local.story.telling import BEGIN

__all__ = ["BEGIN", "Ending", "Partner", "Stage", "tell"]
