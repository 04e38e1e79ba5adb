"""What intake keeps of consents: as they stand, every version with its proof, and who answered each change."""
