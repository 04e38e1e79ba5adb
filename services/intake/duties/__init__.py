"""Duties: what staff must do next, by when and whose turn it is; what is not done in time calls somebody."""
