"""The did:webvh method 1.0 (DIF): a did:web with a history that verifies itself."""
