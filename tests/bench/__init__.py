"""Benchmarks: every figure is a ratio to a raw limit or to a peer that is timed in turn in the same run."""
