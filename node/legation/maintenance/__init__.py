"""The second composition root: work on a node's stores in place, for a machine's owner and without a door.

It stands beside ``bootstrap``, on the same floor: both put adapters and use cases together, one to serve, one to keep
what is served, and neither needs the other.
"""
