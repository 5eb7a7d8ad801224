"""Credentials and presentations of any kind: how they are secured, and what becomes of those that others send."""
