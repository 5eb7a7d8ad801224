"""The HTTP door: parses what comes, asks a use case, renders what it says."""
