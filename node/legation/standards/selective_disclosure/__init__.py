"""Disclosure of chosen statements of a JSON-LD document (vc-di-ecdsa 1.0 §3.4), as several cryptosuites share it."""
