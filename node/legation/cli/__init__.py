"""The command line: the only floor that talks to a terminal."""
