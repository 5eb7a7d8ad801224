"""Verification of chains against libsodium's Ed25519 and against peers on the same job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count

from nacl.bindings import crypto_sign_open

from legation.domain.chain import Chain
from legation.domain.delegation import authority, location
from legation.domain.delegation.issuance import Format
from legation.domain.delegation.secured import ProofSeal, TokenSeal, read_hop
from legation.domain.delegation.signatures import SignatureCache
from legation.domain.presentation import present
from legation.domain.submission import parse_submission
from legation.domain.trust import TrustAnchors
from legation.domain.verification import Expectation, judge
from legation.standards import jose, timestamps
from legation.standards.did import key as did_key
from legation.standards.did import methods
from legation.standards.jcs import canonicalize
from legation.standards.multiformats import _decode_multikey, decode_base58
from tests.bench.chains import AT, DOMAIN, REQUEST, build, parties
from tests.bench.measure import Figure, time_in_turn
from tests.bench.peers import peer_jobs

FORMS = {"vc+jwt": Format.JWT, "eddsa-jcs-2022": Format.DATA_INTEGRITY}
_COLD = {"vc+jwt": 1.4, "eddsa-jcs-2022": 1.6}


def forget_parses() -> None:
    """Empty everything that was remembered of texts, keys apart."""
    authority._PARSED.clear()
    location._cached.cache_clear()
    timestamps._parse.cache_clear()
    jose._parse_header.cache_clear()


def forget_keys() -> None:
    """Empty also what was remembered of keys."""
    from legation.crypto import keys

    forget_parses()
    did_key.resolve_did_key.cache_clear()
    methods._resolve_standard.cache_clear()
    _decode_multikey.cache_clear()
    keys._load.cache_clear()


def raw_job(chain: Chain) -> Callable[[], None]:
    """Return the chain's bare signature verifications: the same keys, messages and signatures, nothing else."""
    signed = []
    for number, secured in enumerate(chain.hops):
        seal = read_hop(secured).seals[0]
        public = parties(len(chain))[number].key.public_key.raw
        if isinstance(seal, TokenSeal):
            signed.append((seal.jws.signature + seal.jws.signing_input, public))
        elif isinstance(seal, ProofSeal):
            options = {name: value for name, value in seal.proof.raw.items() if name != "proofValue"}
            digests = sha256(canonicalize(options)).digest() + sha256(seal.canonical or b"").digest()
            signature = decode_base58(str(seal.proof.raw["proofValue"])[1:])
            signed.append((signature + digests, public))

    def run() -> None:
        for message, public in signed:
            crypto_sign_open(message, public)

    return run


def expectation(hops: int, **more: object) -> Expectation:
    """Return what the timed verifier expects: the first party trusted for everything."""
    signers = parties(hops)
    return Expectation(TrustAnchors.of(signers[0].did), AT, **more)  # type: ignore[arg-type]  # as named


def judge_job(wire: bytes, expected: Expectation, cache: SignatureCache | None = None) -> Callable[[], None]:
    """Return the whole job, from received bytes to a verdict; it raises if the verdict is no."""

    def run() -> None:
        verdict = judge(parse_submission(wire), {}, expected, cache)
        if not verdict.accepted:
            raise RuntimeError(f"the benchmark's chain was refused: {verdict.refusal}")

    return run


def figures() -> Iterator[Figure]:
    """Time verification in both forms."""
    for name, form in FORMS.items():
        yield from _cold(name, form)
        yield from _warm(name, form)
        yield from _growth(name, form)


def _cold(name: str, form: Format) -> Iterator[Figure]:
    chain = build(5, form)
    wire = chain.to_json().encode()
    holder = parties(5)[5]
    job = judge_job(wire, expectation(5, holder=holder.did))
    asked = judge_job(wire, expectation(5, holder=holder.did, request=REQUEST))
    base = "its 5 Ed25519 verifications"
    times = time_in_turn({"raw": raw_job(chain), "chain": job, "asked": asked}, prepare=forget_parses)
    yield Figure(f"5 hops from the wire, cold, {name}", times["chain"], base, times["raw"], _COLD[name])
    yield Figure(f"the same and one request, {name}", times["asked"], base, times["raw"])
    peers = peer_jobs() if form is Format.JWT else {}
    times = time_in_turn({"asked": asked, **peers}, prepare=forget_parses)
    for peer in sorted(peers):
        yield Figure(f"the same and one request by {peer}", times[peer], "Legation", times["asked"], 1.0, at_least=True)
    texts = time_in_turn({"raw": raw_job(chain), "chain": job})
    yield Figure(f"5 hops, signatures unseen, texts met before, {name}", texts["chain"], base, texts["raw"])
    keys = time_in_turn({"raw": raw_job(chain), "chain": job}, prepare=forget_keys, rounds=30)
    yield Figure(f"5 hops cold, keys unseen too, {name}", keys["chain"], base, keys["raw"])
    text = present(chain.hops, holder, challenge="bench-challenge", domain=DOMAIN, at=AT, form=form).encode()
    shown = judge_job(text, expectation(5, challenge="bench-challenge", domain=DOMAIN))
    times = time_in_turn({"raw": raw_job(chain), "shown": shown}, prepare=forget_parses)
    six = times["raw"] * 6 / 5
    yield Figure(f"presentation of 5 hops, cold, {name}", times["shown"], "6 Ed25519 verifications", six)


def _warm(name: str, form: Format) -> Iterator[Figure]:
    holder = parties(5)[5].did
    expected = expectation(5, holder=holder)
    cache = SignatureCache()
    same = build(5, form)
    wires = [build(5, form, variant=number + 1).to_json().encode() for number in range(400)]
    numbers = count()

    def new_leaf() -> None:
        judge_job(wires[next(numbers) % len(wires)], expected, cache)()

    leaf = raw_job(Chain(same.hops[:1]))
    again = judge_job(same.to_json().encode(), expected, cache)
    again()
    times = time_in_turn({"raw": leaf, "new": new_leaf, "again": again}, rounds=50)
    yield Figure(f"new leaf under 4 known parents, {name}", times["new"], "1 verification", times["raw"], 1.8)
    yield Figure(f"the same 5 hops again, {name}", times["again"], "1 verification", times["raw"], 0.5)


def _growth(name: str, form: Format) -> Iterator[Figure]:
    jobs = {
        str(hops): judge_job(build(hops, form).to_json().encode(), expectation(hops, holder=parties(hops)[hops].did))
        for hops in (1, 8)
    }
    times = time_in_turn(jobs, prepare=forget_parses)
    yield Figure(f"8 hops cold, {name}", times["8"], "1 hop", times["1"], 8.5)
