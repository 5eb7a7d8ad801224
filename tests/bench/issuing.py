"""Attenuating with a wallet's key, checking constraints, and the size of the compact form."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from legation.crypto.signing import Signer
from legation.domain.chain import Chain
from legation.domain.delegation.authority import parse_details
from legation.domain.delegation.compact import compress, expand
from legation.domain.delegation.issuance import Format, Terms, attenuate
from legation.domain.delegation.request import Circumstances, parse_request
from legation.domain.presentation import present
from legation.domain.submission import parse_submission
from legation.wallet import Wallet, WalletKey
from tests.bench.chains import AT, DOMAIN, REQUEST, build, details, parties
from tests.bench.measure import Figure, time_in_turn

DELEGATE = parties(2)[2].did


def figures() -> Iterator[Figure]:
    """Time issuing and checking."""
    yield from asyncio.run(_attenuation())
    yield from _constraints()
    yield from _compact()


async def _attenuation() -> list[Figure]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        key = WalletKey.create_raw_file(Path(folder) / "wallet.key")
        async with Wallet.open(Path(folder) / "wallet.db", key) as wallet:
            for form in (Format.JWT, Format.DATA_INTEGRITY):
                issuer, holder = f"issuer-{form.value}", f"holder-{form.value}"
                await wallet.create_agent(issuer)
                held = await wallet.create_agent(holder)
                chain = await wallet.delegate(issuer, to=held.did, details=details(0), form=form)
                signer = await wallet.signer(holder)
                times = time_in_turn(
                    {
                        "raw": partial(signer.key.sign, b"x" * 1200),
                        "attenuate": partial(_narrow, chain, signer, form, details(1)),
                    }
                )
                found.append(
                    Figure(
                        f"attenuate and sign, key open, {form.value}",
                        times["attenuate"],
                        "1 signature of the wallet",
                        times["raw"],
                        3.0,
                    )
                )
    return found


def _narrow(chain: Chain, signer: Signer, form: Format, narrowed: list[dict[str, object]]) -> object:
    terms = Terms(f"urn:uuid:{uuid4()}", DELEGATE, details=narrowed)
    return attenuate(chain.hops, signer, terms, at=datetime.now(UTC), form=form)


def _constraints() -> Iterator[Figure]:
    (detail,) = parse_details(details(0), "")
    request = parse_request(REQUEST)
    circumstances = Circumstances(AT)
    times = time_in_turn({"check": lambda: detail.find_objection(request, circumstances)}, repeat=50)
    # two constraints, three predicates and five members; 20 µs each is 50,000 a second
    yield Figure("one request against one object", times["check"], "20 µs (50,000/s)", 20.0, 1.0)


def _compact() -> Iterator[Figure]:
    holder = parties(8)[8]
    text = present(build(8, Format.JWT).hops, holder, challenge=secrets.token_urlsafe(16), domain=DOMAIN, at=AT)
    small = compress(text)
    if expand(small).decode() != text:
        raise RuntimeError("the compact form did not give back what went in")
    yield Figure("bytes of a presentation of 8 hops, compact", len(small), "2,600 bytes", 2600, 1.0)
    times = time_in_turn({"plain": lambda: parse_submission(text), "small": lambda: parse_submission(small)})
    yield Figure("reading it", times["small"], "reading the vp+jwt", times["plain"])
