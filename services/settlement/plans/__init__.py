"""Plans: what a person who arrived needs, who is asked for it, and whether it was met."""
