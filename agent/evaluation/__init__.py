"""Evaluation of interpreting runs: what was heard, how late, how good, from logs alone."""
