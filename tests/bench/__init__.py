"""Benchmarks: ratios measured in one run on one machine, beside what a team would write first. `make bench`."""
