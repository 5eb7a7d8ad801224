"""The VC Data Model: what a credential and a presentation must be, whatever secures them."""
