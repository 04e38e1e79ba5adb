"""The audit log: its chain, its witnesses, its search, and what is found when somebody tampers with it."""
