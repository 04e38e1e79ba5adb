"""The desk with real services behind it, and the issuer in front."""
