"""The verifier's door: from received bytes to a verdict, fetching public material in between where it may."""

from legation.verifier.verifier import Verifier

__all__ = ["Verifier"]
