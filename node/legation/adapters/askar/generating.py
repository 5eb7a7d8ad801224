"""New private keys in Askar's memory, and what we see to ourselves before one is kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from aries_askar import Key, KeyAlg

from legation.adapters.askar.failures import unreadable, working
from legation.crypto.keys import KeyType, load_public_key
from legation.domain.agent_keys import KeyKind
from legation.errors import InvalidKeyError

ALGORITHMS = {
    KeyKind.ED25519: KeyAlg.ED25519,
    KeyKind.P256: KeyAlg.P256,
    KeyKind.P384: KeyAlg.P384,
    KeyKind.X25519: KeyAlg.X25519,
    KeyKind.BLS12_381_G2: KeyAlg.BLS12_381_G2,
}
SIGNATURE_TYPES = {KeyKind.ED25519: KeyType.ED25519, KeyKind.P256: KeyType.P256, KeyKind.P384: KeyType.P384}
_X25519_BYTES = 32
_G2_BYTES = 96
# the flags of a compressed point: it is one, it is the identity (draft-irtf-cfrg-pairing-friendly-curves appendix C)
_COMPRESSED, _IDENTITY = 0x80, 0x40


def open_generator() -> ThreadPoolExecutor:
    """Return the threads that make keys: a BLS key takes over a millisecond, in which the loop serves others."""
    return ThreadPoolExecutor(max_workers=max(1, min(4, os.cpu_count() or 1)), thread_name_prefix="legation-keys")


def generate_keys(kinds: Mapping[str, KeyKind]) -> dict[str, tuple[Key, bytes]]:
    """Make a key of each kind, with its public part. Raises WalletError for one that is not as it must be."""
    return {key_id: _generate(kind) for key_id, kind in kinds.items()}


def check_public(kind: KeyKind, raw: bytes) -> bytes:
    """Return a public part as the port has it. Raises WalletError ``wallet_unreadable``.

    Askar takes points of small order and the identity for keys (measured); nothing of that kind leaves this room.
    """
    if kind in SIGNATURE_TYPES:
        try:
            return load_public_key(SIGNATURE_TYPES[kind], raw).raw
        except InvalidKeyError as error:
            raise unreadable("the wallet has a key that cannot be used") from error
    if kind is KeyKind.X25519:
        sound = len(raw) == _X25519_BYTES and any(raw)
    else:
        sound = len(raw) == _G2_BYTES and raw[0] & (_COMPRESSED | _IDENTITY) == _COMPRESSED and any(raw[1:])
    if not sound:
        raise unreadable("the wallet has a key that cannot be used")
    return raw


def _generate(kind: KeyKind) -> tuple[Key, bytes]:
    with working():
        key = Key.generate(ALGORITHMS[kind])
        public = key.get_public_bytes()
    return key, check_public(kind, public)
