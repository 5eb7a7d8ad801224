"""New keys: of the kind that was asked for, and none that Askar takes and we do not."""

from __future__ import annotations

import pytest

from legation.adapters.askar.generating import check_public, generate_keys
from legation.domain.agent_keys import KeyKind
from legation.errors import WalletError
from tests.support.ed25519_points import DISHONEST

G2 = generate_keys({"1": KeyKind.BLS12_381_G2})["1"][1]
IDENTITY = b"\xc0" + bytes(95)


@pytest.mark.parametrize("kind", KeyKind)
def test_new_key_has_a_public_part_that_passes_its_checks(kind: KeyKind) -> None:
    made = generate_keys({"1": kind, "2": kind})
    assert made["1"][1] != made["2"][1]
    assert check_public(kind, made["1"][1]) == made["1"][1]


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (KeyKind.ED25519, bytes(32)),
        (KeyKind.ED25519, b"\x01" + bytes(31)),
        (KeyKind.ED25519, bytes(31)),
        (KeyKind.P256, b"\x02" + b"\xff" * 32),
        (KeyKind.P256, bytes(33)),
        (KeyKind.X25519, bytes(32)),
        (KeyKind.X25519, b"\x09" * 31),
        (KeyKind.X25519, b""),
        (KeyKind.BLS12_381_G2, IDENTITY),
        (KeyKind.BLS12_381_G2, G2[:95]),
        (KeyKind.BLS12_381_G2, G2 + b"\0"),
        (KeyKind.BLS12_381_G2, bytes([G2[0] & 0x7F]) + G2[1:]),
        (KeyKind.BLS12_381_G2, b"\x80" + bytes(95)),
        (KeyKind.BLS12_381_G2, b""),
    ],
    # one of the values is new in every process
    ids=lambda value: value.value if isinstance(value, KeyKind) else f"{len(value)} bytes",
)
def test_public_part_that_no_honest_key_has_is_refused(kind: KeyKind, raw: bytes) -> None:
    with pytest.raises(WalletError) as refusal:
        check_public(kind, raw)
    assert refusal.value.code == "wallet_unreadable"


@pytest.mark.parametrize("point", DISHONEST.values(), ids=DISHONEST.keys())
def test_ed25519_key_that_is_no_point_of_the_prime_group_is_refused(point: bytes) -> None:
    with pytest.raises(WalletError):
        check_public(KeyKind.ED25519, point)
