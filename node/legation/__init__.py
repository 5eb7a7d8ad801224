"""Legation: identities of agents, and authority that is shown, narrowed, checked and taken back.

The library's face: what an agent or a verifier needs in its own process, without a node, and what asks one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from legation.client import AsyncClient as AsyncClient
    from legation.client import Client as Client
    from legation.domain.chain import Chain as Chain
    from legation.domain.delegation.issuance import Format as Format
    from legation.domain.material import Material as Material
    from legation.domain.trust import TrustAnchors as TrustAnchors
    from legation.domain.trust import parse_trust_anchors as parse_trust_anchors
    from legation.domain.verdict import Verdict as Verdict
    from legation.domain.verification import StatusPolicy as StatusPolicy
    from legation.errors import LegationError as LegationError
    from legation.verifier import Verifier as Verifier
    from legation.wallet import Wallet as Wallet
    from legation.wallet import WalletKey as WalletKey

# each name is loaded when it is first asked for, so that importing one does not pay for all
_HOMES = {
    "AsyncClient": "legation.client",
    "Chain": "legation.domain.chain",
    "Client": "legation.client",
    "Format": "legation.domain.delegation.issuance",
    "LegationError": "legation.errors",
    "Material": "legation.domain.material",
    "StatusPolicy": "legation.domain.verification",
    "TrustAnchors": "legation.domain.trust",
    "Verdict": "legation.domain.verdict",
    "Verifier": "legation.verifier",
    "Wallet": "legation.wallet",
    "WalletKey": "legation.wallet",
    "parse_trust_anchors": "legation.domain.trust",
}
__all__ = [
    "AsyncClient",
    "Chain",
    "Client",
    "Format",
    "LegationError",
    "Material",
    "StatusPolicy",
    "TrustAnchors",
    "Verdict",
    "Verifier",
    "Wallet",
    "WalletKey",
    "parse_trust_anchors",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'legation' has no attribute {name!r}")
    return getattr(import_module(home), name)
