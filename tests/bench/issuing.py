"""Attenuating with a wallet's key, checking constraints, and the size of the compact form."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from legation.crypto.keys import KeyType
from legation.domain.delegation.authority import parse_details
from legation.domain.delegation.compact import compress, expand
from legation.domain.delegation.issuance import Format, Terms, attenuate
from legation.domain.delegation.request import Circumstances, parse_request
from legation.domain.presentation import present
from legation.domain.submission import parse_submission
from legation.wallet import Wallet, WalletKey
from tests.bench.chains import AT, DOMAIN, REQUEST, build, details, parties
from tests.bench.measure import Figure, time_in_turn


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
            for kind, form in ((KeyType.ED25519, Format.JWT), (KeyType.ED25519, Format.DATA_INTEGRITY)):
                name = form.name.lower().replace("_", "-")
                await wallet.create_agent(name, key_type=kind)
                signer = await wallet.signer(name)
                chain = await wallet.delegate(name, to=parties(1)[1].did, details=details(0), form=form)
                root = parties(1)[1]
                terms = Terms("urn:uuid:00000000-0000-4000-8000-000000000001", parties(2)[2].did, details=details(1))
                # the parent's subject signs with the wallet's back end, under its own name
                acting = type(signer)(root.did, root.method, signer.key)
                at = (await wallet.get_agent(name)) and AT_NOW()
                jobs = {
                    "raw": lambda signer=signer: signer.key.sign(b"x" * 1200),
                    "attenuate": lambda chain=chain, acting=acting, terms=terms, at=at, form=form: attenuate(
                        chain.hops, acting, terms, at=at, form=form
                    ),
                }
                times = time_in_turn(jobs)
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
