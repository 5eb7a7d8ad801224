"""Legation's own rules: delegation, presentation, trust and verdicts; pure."""
