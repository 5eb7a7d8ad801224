"""Legation: identities of agents, and authority that is shown, narrowed, checked and taken back.

The library's face: what an agent or a verifier needs in its own process, without a node, and what asks one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from legation.client import AsyncClient as AsyncClient
    from legation.client import Client as Client
    from legation.credentials import derive_credential as derive_credential
    from legation.credentials import secure_credential as secure_credential
    from legation.credentials import secure_presentation as secure_presentation
    from legation.credentials import verify_credential as verify_credential
    from legation.credentials import verify_presentation as verify_presentation
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
    "derive_credential": "legation.credentials",
    "parse_trust_anchors": "legation.domain.trust",
    "secure_credential": "legation.credentials",
    "secure_presentation": "legation.credentials",
    "verify_credential": "legation.credentials",
    "verify_presentation": "legation.credentials",
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
    "derive_credential",
    "parse_trust_anchors",
    "secure_credential",
    "secure_presentation",
    "verify_credential",
    "verify_presentation",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'legation' has no attribute {name!r}")
    return getattr(import_module(home), name)
