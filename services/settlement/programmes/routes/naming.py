"""By what name operators know the routes about programmes.

Rule: only a sealed programme has disclosures, so the count of one route would tell that there is one; logs and
measures know all routes about programmes by one name.
"""

from shared.web.routing import told_as

PROGRAMMES = told_as("/programmes")
