"""Threads: what is written between staff and somebody who came through the front door, by their receipt alone."""
