"""How the outside is reached: each module keeps one port with one technology."""
