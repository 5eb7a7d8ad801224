"""The memory of good signatures: bounded in entries and bytes, least recently used out first."""

from __future__ import annotations

from legation.domain.delegation.secured import SecuredCredential, read_hop
from legation.domain.delegation.signatures import SignatureCache, SignedHop
from tests.support.chains import credential, forge_hop, parties

ACME, PLANNER = parties(1)
READ = read_hop(SecuredCredential(forge_hop(credential(0, ACME, PLANNER), ACME)))
SIGNED = SignedHop(READ, (ACME.key.public_key,))


def names(count: int) -> list[bytes]:
    return [bytes([number]) * 32 for number in range(count)]


def test_what_was_added_is_found_and_nothing_else() -> None:
    cache = SignatureCache()
    first, second = names(2)
    cache.add(first, SIGNED)
    assert cache.find(first) is SIGNED
    assert cache.find(second) is None
    assert len(cache) == 1


def test_least_recently_used_goes_first_when_there_are_too_many() -> None:
    cache = SignatureCache(max_entries=3)
    digests = names(5)
    for digest in digests[:3]:
        cache.add(digest, SIGNED)
    cache.find(digests[0])
    cache.add(digests[3], SIGNED)
    cache.add(digests[4], SIGNED)
    assert [cache.find(digest) is not None for digest in digests] == [True, False, False, True, True]
    assert len(cache) == 3


def test_bytes_are_bounded_too() -> None:
    cache = SignatureCache(max_bytes=2 * READ.size)
    digests = names(3)
    for digest in digests:
        cache.add(digest, SIGNED)
    assert [cache.find(digest) is not None for digest in digests] == [False, True, True]
    tiny = SignatureCache(max_bytes=READ.size - 1)
    tiny.add(digests[0], SIGNED)
    assert len(tiny) == 0


def test_adding_twice_counts_once() -> None:
    cache = SignatureCache(max_bytes=2 * READ.size)
    first, second = names(2)
    for _ in range(5):
        cache.add(first, SIGNED)
    cache.add(second, SIGNED)
    assert len(cache) == 2
