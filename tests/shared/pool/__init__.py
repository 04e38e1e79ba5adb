"""The pool of long computations."""
