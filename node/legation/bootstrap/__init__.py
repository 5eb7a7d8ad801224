"""The composition root: from settings to adapters, use cases and doors, up to a node that serves and ends in order."""

from legation.bootstrap.files import Files
from legation.bootstrap.node import Ready, host_names, serve
from legation.bootstrap.running import run_node
from legation.bootstrap.stores import Stores, open_stores

__all__ = ["Files", "Ready", "Stores", "host_names", "open_stores", "run_node", "serve"]
