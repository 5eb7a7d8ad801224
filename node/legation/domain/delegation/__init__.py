"""DelegationCredential v1: authority, its narrowing, one hop, the chain, and the verdict on it."""
