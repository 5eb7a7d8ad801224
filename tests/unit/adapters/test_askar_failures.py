"""Askar's errors: in whose words they come out, and that each operation learns its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aries_askar import AskarError, AskarErrorCode, Key, KeyAlg, Store

from legation.adapters.askar.failures import opening, working
from legation.errors import (
    ConflictError,
    FullError,
    LegationError,
    NotFoundError,
    UnavailableError,
    WalletError,
)

BACKEND = AskarErrorCode.BACKEND


@pytest.mark.parametrize(
    ("code", "text", "on_server", "expected"),
    [
        (BACKEND, "disk (code: 13)", False, FullError),
        (BACKEND, "error returned: could not extend file: No space left on device", True, FullError),
        (BACKEND, "locked (code: 5)", False, UnavailableError),
        (BACKEND, "snapshot (code: 517)", False, UnavailableError),
        (BACKEND, "i/o (code: 778)", False, UnavailableError),
        (BACKEND, "read-only (code: 8)", False, UnavailableError),
        (BACKEND, "malformed (code: 11)", False, WalletError),
        (BACKEND, "foreign key (code: 787)", False, NotFoundError),
        (BACKEND, "pool timed out", False, UnavailableError),
        (BACKEND, "pool timed out", True, UnavailableError),
        (BACKEND, "terminating connection", True, UnavailableError),
        (AskarErrorCode.BUSY, "busy", False, UnavailableError),
        (AskarErrorCode.DUPLICATE, "duplicate", True, ConflictError),
        (AskarErrorCode.NOT_FOUND, "profile", True, NotFoundError),
        (AskarErrorCode.ENCRYPTION, "profile key", True, WalletError),
        (AskarErrorCode.UNEXPECTED, "?", True, WalletError),
    ],
)
def test_error_at_work_is_told_in_the_ports_words(
    code: AskarErrorCode, text: str, on_server: bool, expected: type[LegationError]
) -> None:
    with pytest.raises(LegationError) as refusal, working(on_server=on_server):
        raise AskarError(code, text)
    assert type(refusal.value) is expected


@pytest.mark.parametrize(
    ("code", "text", "on_server", "expected"),
    [
        (BACKEND, "Error fetching store configuration: no relation config", True, "not_found"),
        (AskarErrorCode.NOT_FOUND, "no database", True, "not_found"),
        (BACKEND, "no table: config (code: 1)", False, "wallet_unreadable"),
        (BACKEND, "connection refused", True, "unavailable"),
        (AskarErrorCode.ENCRYPTION, "key", True, "wallet_key_wrong"),
        (AskarErrorCode.UNSUPPORTED, "version", False, "wallet_unreadable"),
    ],
)
def test_error_while_opening_is_told_in_the_ports_words(
    code: AskarErrorCode, text: str, on_server: bool, expected: str
) -> None:
    with pytest.raises(LegationError) as refusal, opening(on_server=on_server):
        raise AskarError(code, text)
    assert refusal.value.code == expected


def test_operations_that_fail_at_once_each_learn_their_own_error(tmp_path: Path) -> None:
    async def run() -> None:
        store = await Store.provision(f"sqlite://{tmp_path}/w.db", "raw", Store.generate_raw_key())
        await store.create_profile("a")
        async with store.session() as session:
            await session.insert_key("taken", Key.generate(KeyAlg.ED25519))

        async def fail(index: int) -> AskarErrorCode:
            with pytest.raises(AskarError) as error:
                await (store.create_profile("a") if index % 2 else store.session("nobody").__aenter__())
            return error.value.code

        for _ in range(20):
            codes = await asyncio.gather(*(fail(index) for index in range(10)))
            assert codes == [AskarErrorCode.NOT_FOUND, AskarErrorCode.DUPLICATE] * 5
        await store.close()

    asyncio.run(run())
