"""Disclosure: the figures that the public may read, and from when on they are told exactly."""
