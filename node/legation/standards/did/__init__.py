"""Decentralized Identifiers (DID Core 1.0): syntax, documents and one file per method."""
