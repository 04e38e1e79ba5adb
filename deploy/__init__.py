"""How Lodestar is put to work: the program `lodestar`, everything on one machine, images, Kubernetes.

Rule: nothing here is imported by a service, and nothing here holds data of a case.
"""
