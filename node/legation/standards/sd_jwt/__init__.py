"""Selective disclosure for JWTs (RFC 9901) and the digital credentials built on it (draft-ietf-oauth-sd-jwt-vc-16)."""
