"""The client's door: a node of somebody else's, or of one's own, asked over HTTP."""

from legation.client.client import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]
