"""Data Integrity 1.0: proofs, their sets and chains, and one module per cryptosuite."""
