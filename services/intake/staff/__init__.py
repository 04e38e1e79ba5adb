"""Staff: their names, teams, who is named for which case, the roster with its languages, and taking back the
tokens of somebody who must not act any more."""
