"""JSON-LD with pinned contexts only, and the canonical form of what it says (RDFC-1.0)."""
