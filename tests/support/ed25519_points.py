"""Ed25519 encodings that no honest signer has, and that back ends judge differently when nobody looks."""

from __future__ import annotations

from nacl.bindings import crypto_core_ed25519_add, crypto_sign_seed_keypair

_PRIME = 2**255 - 19


def encode_y(y: int, sign: int = 0) -> bytes:
    """Return the 32 bytes of RFC 8032 §5.1.2 for a y that need not be reduced."""
    return (y | sign << 255).to_bytes(32, "little")


_ORDER_8_Y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
TORSION = encode_y(_ORDER_8_Y)

SMALL_ORDER = {
    "identity": encode_y(1),
    "order 2": encode_y(_PRIME - 1),
    "order 4": encode_y(0),
    "order 4, other sign": encode_y(0, 1),
    "order 8": TORSION,
    "order 8, other sign": encode_y(_ORDER_8_Y, 1),
    "order 8, other y": encode_y(_PRIME - _ORDER_8_Y),
    "order 8, other y and sign": encode_y(_PRIME - _ORDER_8_Y, 1),
}
NON_CANONICAL = {
    "identity with a sign": encode_y(1, 1),
    "order 2 with a sign": encode_y(_PRIME - 1, 1),
} | {f"y = p + {k}, sign {sign}": encode_y(_PRIME + k, sign) for k in range(19) for sign in (0, 1)}
HONEST = crypto_sign_seed_keypair(bytes(32))[0]
MIXED_ORDER = {
    f"honest key + {name}": crypto_core_ed25519_add(HONEST, point)
    for name, point in SMALL_ORDER.items()
    if name != "identity"
}
DISHONEST = SMALL_ORDER | NON_CANONICAL | MIXED_ORDER
