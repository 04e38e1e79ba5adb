"""Tests of notify: what leaves, what partners send in, alerts, figures."""
