"""Keys and signatures: the only room that knows cryptographic libraries."""
