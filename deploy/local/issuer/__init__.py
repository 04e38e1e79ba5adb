"""The development issuer: an OIDC provider for the invented staff of a local installation.

Rule: it asks nobody for a password and says so on its page; it listens on loopback without TLS, which production
refuses in an issuer.
"""
