"""Partners: with whom we agreed on what, under which name they know a case, and who consented to that."""
