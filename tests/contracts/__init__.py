"""What the services promise each other: what may stand in clear, who can read the rest, and that promises stay."""
