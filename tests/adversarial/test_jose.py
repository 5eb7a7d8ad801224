"""Attacks on tokens; each name carries the id of its case. The twin that is accepted stands beside each."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
import tracemalloc
import zlib
from base64 import b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from legation.adapters.fetch import Fetcher
from legation.adapters.resolvers import NetworkResolver
from legation.domain.trust import TrustAnchors
from legation.errors import LegationError
from legation.standards.jwk import build_public_jwk
from legation.standards.sd_jwt.binding import Binding
from legation.standards.sd_jwt.digital_credentials import parse_digital_credential, verify_digital_credential
from legation.standards.timestamps import nanoseconds
from legation.standards.vc.tokens import check_audience, read_credential_token, read_presentation_token
from legation.verifier import Verifier
from tests.support.chains import (
    AT,
    CHALLENGE,
    DOMAIN,
    TOKEN,
    base64url,
    credential,
    delegation_of,
    forge_chain,
    forge_hop,
    forge_presentation,
    forge_presentation_token,
    forge_token,
    judged_bare,
    judged_presented,
    parties,
    unbase64url,
)
from tests.support.clock import FakeClock
from tests.support.hosts import listen, say
from tests.support.keys import signer_of
from tests.support.selective import digest as sd_hash
from tests.support.selective import forge_sd_jwt

ACME, PLANNER = parties(1)
DOCUMENT = credential(0, ACME, PLANNER)
# a busy machine may take this many times what the case asks for
PATIENCE = 20


def verifier(**options: Any) -> Verifier:
    return Verifier(trust=[ACME.did], domain=DOMAIN, **options)


def verdict_on(text: str | bytes) -> Any:
    """Judge at the library's own door, which raises nothing for whatever comes."""
    return verifier().verify_offline(text, holder=PLANNER.did, challenge=CHALLENGE, at=AT)


def assembled(header: dict[str, Any], payload: bytes, signature: bytes = b"") -> str:
    return ".".join(base64url(part) for part in (json.dumps(header).encode(), payload, signature))


def payload(document: Any = DOCUMENT) -> bytes:
    return json.dumps(document).encode()


def test_good_token_is_accepted() -> None:
    assert verdict_on(forge_token(DOCUMENT, ACME)).accepted
    assert verdict_on(forge_presentation_token(forge_chain(1), PLANNER)).accepted


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", ""])
def test_j01_unsigned_token_is_refused_at_every_entry(alg: str) -> None:
    vc = {"alg": alg, "typ": "vc+jwt", "kid": ACME.method}
    vp = {"alg": alg, "typ": "vp+jwt", "kid": PLANNER.method}
    hop = assembled(vc, payload())
    presented = forge_presentation_token(forge_chain(1), PLANNER).split(".")[1]
    for submitted in (hop, json.dumps([hop]), assembled(vp, unbase64url(presented)), hop + base64url(b"s" * 64)):
        verdict = verdict_on(submitted)
        assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, "malformed")
    presented_json = forge_presentation([hop], PLANNER)
    assert judged_presented(presented_json).code == "malformed"


def test_j02_mac_made_with_the_public_key_is_refused() -> None:
    jwk = build_public_jwk(ACME.key.public_key)
    public = Ed25519PublicKey.from_public_bytes(ACME.key.public_key.raw)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, der, json.dumps(jwk).encode(), ACME.key.public_key.raw, b64encode(der)):
        for alg, digest in (("HS256", "sha256"), ("HS512", "sha512")):
            token = assembled({"alg": alg, "typ": "vc+jwt", "kid": ACME.method}, payload()).rpartition(".")[0]
            mac = hmac.new(secret, token.encode(), digest).digest()
            assert verdict_on(f"{token}.{base64url(mac)}").code == "malformed"
    # and each key serves one algorithm: a P-256 signature under an Ed25519 DID, and the other way round
    eve = signer_of("eve", p256=True)
    for signer, alg in ((ACME, "ES256"), (eve, "EdDSA"), (eve, "ES256")):
        token = forge_token(DOCUMENT, signer, alg=alg, kid=ACME.method)
        assert verdict_on(token).code == "proof_invalid"


@pytest.mark.parametrize("crit", [["bork"], ["exp"], [], ["b64"], "bork"])
def test_j03_critical_header_is_refused_before_any_claim_is_used(crit: object) -> None:
    token = forge_token(DOCUMENT, ACME, crit=crit, bork=1)
    verdict = verdict_on(token)
    assert verdict.code == "malformed"
    assert verdict.hops[0] is None
    assert verdict_on(forge_token(DOCUMENT, ACME, bork=1)).accepted


def test_j05_key_that_a_header_brings_or_links_is_refused_and_nobody_is_asked() -> None:
    thief = signer_of("thief")

    async def attack() -> list[str]:
        async with listen(say(b"{}")) as host, Fetcher(dangerously_allow_loopback=True) as fetcher:
            url = f"http://localhost:{host.port}"
            resolver = NetworkResolver(fetcher, clock=FakeClock(AT))
            brought: list[dict[str, Any]] = [
                {"jwk": build_public_jwk(thief.key.public_key)},
                {"jku": f"{url}/jwks.json"},
                {"x5u": f"{url}/cert.pem"},
                {"x5c": ["MIIB"]},
                {"jwk": build_public_jwk(ACME.key.public_key)},
            ]
            for header in brought:
                for token in (
                    forge_token(DOCUMENT, thief, kid=ACME.method, **header),
                    forge_presentation_token(
                        forge_chain(1), PLANNER, signer=thief, header={"kid": PLANNER.method, **header}
                    ),
                ):
                    verdict = await verifier(resolver=resolver).verify(
                        token, holder=PLANNER.did, challenge=CHALLENGE, at=AT
                    )
                    assert verdict.code == "malformed"
            # a kid, or a proof's method, of a stranger's host is not looked up either
            stranger = f"did:web:localhost%3A{host.port}"
            for token in (
                forge_token(DOCUMENT, thief, kid=f"{stranger}#key"),
                json.dumps([forge_hop(DOCUMENT, type(thief)(stranger, f"{stranger}#key", thief.key))]),
            ):
                verdict = await verifier(resolver=resolver).verify(token, holder=PLANNER.did, at=AT)
                assert verdict.code == "method_not_authorized"
            # nor the issuer of a root that nobody trusts
            root = type(thief)(stranger, f"{stranger}#key", thief.key)
            token = forge_token(credential(0, root, PLANNER), root)
            verdict = await verifier(resolver=resolver).verify(token, holder=PLANNER.did, at=AT)
            assert (verdict.code, verdict.verified) == ("untrusted_root", False)
            quiet = list(host.requests)
            # the twin: the host of a trusted issuer is asked
            trusting = Verifier(trust=[stranger], domain=DOMAIN, resolver=resolver)
            assert (await trusting.verify(token, holder=PLANNER.did, at=AT)).code == "did_unresolvable"
            assert len(host.requests) == 1
            return quiet

    assert asyncio.run(attack()) == []


def duplicated(text: str, name: str, value: str) -> str:
    return text.replace(f'"{name}":', f'"{name}":{value},"{name}":', 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", '"did:web:evil.example"'),
        ("id", '"urn:uuid:evil"'),
        ("maxDepth", "16"),
        ("principal", '"did:web:x.example"'),
    ],
)
def test_j08_member_name_twice_is_refused_wherever_it_stands(name: str, value: str) -> None:
    signer, body = ACME, json.dumps(DOCUMENT, separators=(",", ":"))
    twice = duplicated(body, name, value)
    for text in (twice, duplicated(body, name, json.dumps(DOCUMENT.get(name)))):
        assert verdict_on(forge_token(text.encode(), signer)).code == "malformed"
    embedded = json.dumps([forge_hop(DOCUMENT, ACME)], separators=(",", ":"))
    assert verdict_on(embedded).accepted
    assert verdict_on(duplicated(embedded, name, value)).code == "malformed"


def test_j08_header_claim_and_proof_member_twice_is_refused() -> None:
    header = json.dumps({"alg": "EdDSA", "typ": "vc+jwt", "kid": ACME.method}, separators=(",", ":"))
    for name, value in (("alg", '"none"'), ("kid", f'"{PLANNER.method}"'), ("typ", '"vp+jwt"')):
        signing_input = f"{base64url(duplicated(header, name, value).encode())}.{base64url(payload())}"
        token = f"{signing_input}.{base64url(ACME.key.sign(signing_input.encode()))}"
        assert verdict_on(token).code == "malformed"
    claims = unbase64url(forge_presentation_token(forge_chain(1), PLANNER).split(".")[1]).decode()
    assert verdict_on(forge_token(claims.encode(), PLANNER, typ="vp+jwt")).accepted
    for name, value in (("aud", '"https://other.example"'), ("nonce", '"x"'), ("holder", '"did:web:x.example"')):
        token = forge_token(duplicated(claims, name, value).encode(), PLANNER, typ="vp+jwt")
        assert verdict_on(token).code == "malformed"
    presented = json.dumps(forge_presentation(forge_chain(1), PLANNER), separators=(",", ":"))
    assert verdict_on(presented).accepted
    assert verdict_on(duplicated(presented, "challenge", '"x"')).code == "malformed"


BIG = 256 * 1024
BOMBS: dict[str, bytes | str] = {
    "an integer of 5,000 digits": b'[{"maxDepth":' + b"9" * 5000 + b"}]",
    "an integer of 5,000 digits in claims": forge_token(b'{"exp":' + b"9" * 5000 + b"}", ACME),
    "100,000 arrays": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "300 arrays": b"[" * 300 + b"]" * 300,
    "1,000 arrays in claims": forge_token(b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}", ACME),
    "1,000 arrays in a header": base64url(b'{"a":' + b"[" * 300 + b"]" * 300 + b"}") + ".e30.AA",
    "20,000 members": b"{" + b",".join(b'"%d":1' % n for n in range(20_000)) + b"}",
    "120,000 elements": b"[" + b"1," * 120_000 + b"1]",
    "a header of 1 MB": base64url(b'{"alg":"' + b"a" * 1_000_000 + b'"}') + ".e30.AA",
    "a header of 100 KB": base64url(b'{"alg":"' + b"a" * 100_000 + b'"}') + ".e30.AA",
    "10 MB": b"[" + b" " * 10_000_000 + b"]",
    "100,000 dots": "eyJ" + "." * 100_000,
    "UTF-16": json.dumps([DOCUMENT]).encode("utf-16"),
    "overlong UTF-8": b'["\xc0\xaf\xe0\x80\xaf"]',
    "lone surrogates": b'["\\ud800"]',
    "strings in strings": json.dumps(json.dumps(json.dumps(json.dumps("x" * 1000)))).encode(),
}


@pytest.mark.parametrize("name", BOMBS)
def test_j10_bomb_is_refused_quickly_and_takes_no_memory(name: str) -> None:
    verdict_on(forge_token(DOCUMENT, ACME))
    tracemalloc.start()
    begin = time.perf_counter()
    verdict = verdict_on(BOMBS[name])
    spent = time.perf_counter() - begin
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert verdict.code in ("malformed", "too_large", "unknown_term")
    assert (verdict.verified, verdict.accepted) == (False, False)
    assert spent < 0.050 * PATIENCE
    assert peak < 64 * 1024 * 1024
    assert verdict_on(forge_token(DOCUMENT, ACME)).accepted


def test_j14_other_spelling_of_an_ecdsa_signature_is_no_other_credential() -> None:
    people = parties(2, p256={0, 1, 2})
    trust = TrustAnchors.of(people[0].did)
    root, leaf = forge_chain(2, forms=(TOKEN,), signers=people)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

    def respelled(token: Any) -> str:
        head, _, signature = str(token).rpartition(".")
        raw = unbase64url(signature)
        s = order - int.from_bytes(raw[32:], "big")
        return f"{head}.{base64url(raw[:32] + s.to_bytes(32, 'big'))}"

    assert judged_bare([root, leaf], trust=trust).accepted
    # a parent in another spelling is not the one that its child names
    assert judged_bare([respelled(root), leaf], trust=trust).code == "link_broken"
    # a leaf in another spelling is the same credential under the same id, by which it is counted
    twin = judged_bare([root, respelled(leaf)], trust=trust)
    assert twin.accepted
    assert [hop.id for hop in twin.hops if hop] == [
        hop.id for hop in judged_bare([root, leaf], trust=trust).hops if hop
    ]
    # a presentation in another spelling answers the same challenge, by which it is spent
    presented = forge_presentation_token([root, leaf], people[2])
    for token in (presented, respelled(presented)):
        verdict = judged_presented(token, trust=trust)
        assert verdict.accepted
        assert judged_presented(token, trust=trust, challenge="another").code == "challenge_mismatch"


def test_j15_encrypted_token_is_refused_without_inflating_or_deriving() -> None:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = deflater.compress(b" " * 50_000_000) + deflater.flush()
    headers: list[dict[str, Any]] = [
        {"alg": "dir", "enc": "A256GCM", "zip": "DEF", "typ": "vc+jwt", "kid": ACME.method},
        {
            "alg": "PBES2-HS256+A128KW",
            "enc": "A128GCM",
            "p2c": 2**31,
            "p2s": "AAAA",
            "typ": "vc+jwt",
            "kid": ACME.method,
        },
        {"alg": "EdDSA", "zip": "DEF", "typ": "vc+jwt", "kid": ACME.method},
    ]
    for header in headers:
        head = base64url(json.dumps(header).encode())
        for token in (
            f"{head}.{base64url(b'k' * 40)}.{base64url(b'i' * 12)}.{base64url(bomb)}.{base64url(b't' * 16)}",
            f"{head}.{base64url(bomb)}.{base64url(b's' * 64)}",
        ):
            begin = time.perf_counter()
            assert verdict_on(token).code == "malformed"
            assert time.perf_counter() - begin < 0.010 * PATIENCE
    assert verdict_on(forge_token(DOCUMENT, ACME)).accepted


def test_j18_json_serialization_is_refused() -> None:
    good = forge_token(DOCUMENT, ACME)
    head, body, signature = good.split(".")
    flat = {"payload": body, "protected": head, "signature": signature}
    general = {"payload": body, "signatures": [{"protected": head, "signature": signature}] * 2}
    evil = base64url(payload({**DOCUMENT, "issuer": PLANNER.did}))
    crafted = {"payload": body, "protected": head, "signature": f"{signature}", f"x.{evil}.{signature}": 1}
    for value in (flat, general, crafted, {**flat, "header": {"alg": "none"}}):
        text = json.dumps(value)
        for submitted in (text, json.dumps([value]), json.dumps([text]), json.dumps(text)):
            verdict = verdict_on(submitted)
            assert (verdict.verified, verdict.accepted) == (False, False)
            assert verdict.code in ("malformed", "unknown_term")
    assert verdict_on(good).accepted
    assert verdict_on(json.dumps([good])).accepted


def test_j19_token_of_another_kind_is_refused_though_its_signature_holds() -> None:
    claims = {**DOCUMENT, "iss": ACME.did, "sub": PLANNER.did}
    assert verdict_on(forge_token(claims, ACME)).accepted
    for typ in (
        "JWT",
        "at+jwt",
        "dpop+jwt",
        "kb+jwt",
        "logout+jwt",
        "secevent+jwt",
        "statuslist+jwt",
        "vp+jwt",
        "did-auth+jwt",
        None,
    ):
        assert verdict_on(json.dumps([forge_token(claims, ACME, typ=typ)])).code == "malformed"
    presented = json.loads(unbase64url(forge_presentation_token(forge_chain(1), PLANNER).split(".")[1]))
    assert verdict_on(forge_token(presented, PLANNER, typ="vp+jwt")).accepted
    for typ in ("vc+jwt", "JWT", "kb+jwt", "did-auth+jwt"):
        verdict = verdict_on(forge_token(presented, PLANNER, typ=typ))
        assert (verdict.verified, verdict.accepted) == (False, False)
    for other in (
        {**presented, "iss": ACME.did},
        {**presented, "aud": "https://other.example"},
        {**presented, "aud": None},
    ):
        verdict = verdict_on(forge_token(other, PLANNER, typ="vp+jwt"))
        assert verdict.code in ("malformed", "domain_mismatch")
    # what a person's identity provider signs is no credential either
    id_token = {"iss": "https://idp.acme.example", "sub": "ana", "aud": DOMAIN, "exp": 1795424400, "iat": 1795420800}
    assert verdict_on(forge_token(id_token, ACME)).code in ("malformed", "unknown_term")


def test_j22_issuer_is_compared_exactly() -> None:
    root = signer_of("acme")
    named = type(root)
    did = "did:web:as.example"
    looser = [
        "did:web:as.example.evil.example",
        "did:web:as.exampl",
        "did:web:AS.example",
        "did:web:as.example:",
        did + "%20",
    ]
    trust = TrustAnchors.of(did)
    for other in looser:
        party = named(other, f"{other}#key", root.key)
        chain = forge_chain(1, signers=[party, PLANNER])
        verdict = judged_bare(chain, trust=trust)
        assert not verdict.accepted
        assert verdict.code in ("untrusted_root", "did_unresolvable", "malformed")
        assert not trust.may_grant(other, "did:web:x.example", "t", None)
    assert trust.may_grant(did, "did:web:x.example", "t", None)
    # the presentation's domain, the child's issuer, the principal: code point by code point
    for domain in (DOMAIN + "/", DOMAIN.upper(), DOMAIN + ".evil.example", DOMAIN[:-1], f"_{DOMAIN}_"):
        assert judged_presented(forge_presentation(forge_chain(1), PLANNER, domain=domain)).code == "domain_mismatch"
    assert judged_presented(forge_presentation(forge_chain(1), PLANNER, domain=DOMAIN)).accepted
    cased = forge_chain(2, {1: lambda made: delegation_of(made).update(principal="https://IDP.acme.example#ana")})
    assert judged_bare(cased).code == "principal_changed"


def test_bombs_are_what_their_names_say() -> None:
    assert len(BOMBS["10 MB"]) > 10_000_000
    assert BIG / 2 < len(BOMBS["20,000 members"]) < BIG
    assert BIG / 2 < len(BOMBS["120,000 elements"]) < BIG


# ------------------------------------------------------------------ the tokens of other people's credentials

CREDENTIAL = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": ACME.did,
    "credentialSubject": {"id": PLANNER.did},
}
SHOWN = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiablePresentation"],
    "holder": PLANNER.did,
    "verifiableCredential": [],
}


def bound(**header: Any) -> str:
    """Bind an SD-JWT of ACME by a token whose header is changed."""
    text = selective()
    claims = {"iat": int(AT.timestamp()), "aud": DOMAIN, "nonce": CHALLENGE, "sd_hash": sd_hash(text)}
    return text + forge_token(claims, PLANNER, **{"typ": "kb+jwt", **header})


def selective(claims: Any = None, **header: Any) -> str:
    confirmed = {"cnf": {"jwk": build_public_jwk(PLANNER.key.public_key)}, "vct": "x", "iss": ACME.did}
    return forge_sd_jwt(claims or confirmed, signer=ACME, **{"typ": "dc+sd-jwt", **header})


def judge_bound(text: str) -> object:
    sd_jwt = parse_digital_credential(text)
    key, binding = ACME.key.public_key, Binding(DOMAIN, CHALLENGE)
    return verify_digital_credential(sd_jwt, lambda _: key, at=nanoseconds(AT), binding=binding).claims


def judge_selective(text: str) -> object:
    key = ACME.key.public_key
    return verify_digital_credential(parse_digital_credential(text), lambda _: key, at=nanoseconds(AT), binding=None)


def judge_credential(text: str) -> object:
    return read_credential_token(text).verify(ACME.key.public_key)


def judge_presentation(text: str) -> object:
    return read_presentation_token(text).verify(PLANNER.key.public_key)


# each entry: what an attacker changes, its header being anything, and who judges it
ENTRIES: dict[str, tuple[Any, Any]] = {
    "vc+jwt": (lambda **header: forge_token(CREDENTIAL, ACME, **{"typ": "vc+jwt", **header}), judge_credential),
    "vp+jwt": (lambda **header: forge_token(SHOWN, PLANNER, **{"typ": "vp+jwt", **header}), judge_presentation),
    "dc+sd-jwt": (lambda **header: selective(None, **header), judge_selective),
    "kb+jwt": (bound, judge_bound),
}
EVERY_ENTRY = pytest.mark.parametrize("entry", ENTRIES)


def refusal(entry: str, text: str) -> str:
    """Return the code by which an entry refuses a text; fail where it does not."""
    with pytest.raises(LegationError) as refused:
        ENTRIES[entry][1](text)
    return refused.value.code


@EVERY_ENTRY
def test_good_token_of_every_entry_is_accepted(entry: str) -> None:
    make, judge = ENTRIES[entry]
    judge(make())
    judge(make(extra="ignored"))


@EVERY_ENTRY
@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", ""])
def test_j01_unsigned_token_of_every_entry_is_refused(entry: str, alg: str) -> None:
    text = ENTRIES[entry][0](alg=alg)
    head, dot, signature = text.rpartition(".")
    for submitted in (text, f"{head}{dot}", f"{head}{dot}~", head + dot + signature[:4]):
        assert refusal(entry, submitted) in ("malformed", "proof_invalid")


@EVERY_ENTRY
@pytest.mark.parametrize("alg", ["HS256", "HS384", "RS256", "PS256", "ES256K", "ES256", "ES384", "ES512"])
def test_j02_algorithm_that_does_not_fit_the_key_is_refused_at_every_entry(entry: str, alg: str) -> None:
    assert refusal(entry, ENTRIES[entry][0](alg=alg)) in ("malformed", "proof_invalid")


@EVERY_ENTRY
@pytest.mark.parametrize("crit", [["bork"], ["exp"], [], ["b64"], "bork"])
def test_j03_critical_header_is_refused_at_every_entry(entry: str, crit: object) -> None:
    assert refusal(entry, ENTRIES[entry][0](crit=crit, bork=1)) == "malformed"


@EVERY_ENTRY
@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"])
def test_j05_key_in_a_header_is_refused_at_every_entry(entry: str, name: str) -> None:
    # the functions reach nothing: that no connection is made is a matter of their floor
    value = build_public_jwk(ACME.key.public_key) if name == "jwk" else ["https://evil.example"]
    assert refusal(entry, ENTRIES[entry][0](**{name: value})) == "malformed"


@EVERY_ENTRY
def test_j08_header_member_twice_is_refused_at_every_entry(entry: str) -> None:
    text = ENTRIES[entry][0]()
    token = text.rpartition("~")[2] if entry == "kb+jwt" else text.partition("~")[0]
    head, body, signature = token.split(".")
    header = unbase64url(head).decode()
    for name in ("alg", "typ", "kid"):
        twice = duplicated(header, name, json.dumps(json.loads(header)[name]))
        forged = f"{base64url(twice.encode())}.{body}.{signature}"
        assert refusal(entry, text.replace(token, forged)) == "malformed"
    twice = base64url(b'{"a":1,"a":1}')
    assert refusal(entry, text.replace(token, f"{head}.{twice}.{signature}")) == "malformed"


@EVERY_ENTRY
@pytest.mark.parametrize("name", BOMBS)
def test_j10_bomb_is_refused_quickly_at_every_entry(entry: str, name: str) -> None:
    bomb = BOMBS[name] if isinstance(BOMBS[name], str) else BOMBS[name].decode("latin-1")  # type: ignore[union-attr]  # bytes
    tail = "~" if entry == "dc+sd-jwt" else ""
    text = selective() + str(bomb) if entry == "kb+jwt" else str(bomb) + tail
    begin = time.perf_counter()
    assert refusal(entry, text) in ("malformed", "too_large", "unknown_term")
    assert time.perf_counter() - begin < 0.050 * PATIENCE


def test_j10_bomb_in_disclosures_is_refused_quickly() -> None:
    for content in (b"[" * 100_000 + b"]" * 100_000, b'["s","n",' + b"9" * 5000 + b"]", b"[1]" * 1000, b'"' * 50_000):
        begin = time.perf_counter()
        assert refusal("dc+sd-jwt", selective() + base64url(content) + "~") in ("malformed", "too_large")
        assert time.perf_counter() - begin < 0.050 * PATIENCE
    for text in (selective() + "~" * 200_000, selective() + "e30~" * 50_000):
        begin = time.perf_counter()
        assert refusal("dc+sd-jwt", text) == "too_large"
        assert time.perf_counter() - begin < 0.050 * PATIENCE


def test_j14_other_spelling_of_a_key_binding_answers_the_same_nonce() -> None:
    holder = signer_of("holder", p256=True)
    text = selective({"cnf": {"jwk": build_public_jwk(holder.key.public_key)}, "vct": "x", "iss": ACME.did})
    claims = {"iat": int(AT.timestamp()), "aud": DOMAIN, "nonce": CHALLENGE, "sd_hash": sd_hash(text)}
    once = text + forge_token(claims, holder, typ="kb+jwt")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    head, _, signature = once.rpartition(".")
    raw = unbase64url(signature)
    s = order - int.from_bytes(raw[32:], "big")
    again = f"{head}.{base64url(raw[:32] + s.to_bytes(32, 'big'))}"
    for submitted in (once, again):
        judge_bound(submitted)
        # spent by its nonce, both are refused: nothing is remembered by bytes
        sd_jwt = parse_digital_credential(submitted)
        with pytest.raises(LegationError) as refused:
            verify_digital_credential(
                sd_jwt, lambda _: ACME.key.public_key, at=nanoseconds(AT), binding=Binding(DOMAIN, "the next nonce")
            )
        assert refused.value.code == "challenge_mismatch"


@EVERY_ENTRY
def test_j15_encrypted_token_is_refused_at_every_entry(entry: str) -> None:
    for header in ({"zip": "DEF"}, {"enc": "A256GCM"}, {"alg": "PBES2-HS256+A128KW", "p2c": 2**31}, {"alg": "dir"}):
        begin = time.perf_counter()
        assert refusal(entry, ENTRIES[entry][0](**header)) == "malformed"
        assert time.perf_counter() - begin < 0.010 * PATIENCE


@EVERY_ENTRY
def test_j18_json_serialization_is_refused_at_every_entry_for_the_compact_form(entry: str) -> None:
    text = ENTRIES[entry][0]()
    head, body, signature = text.partition("~")[0].split(".")
    flat = {"payload": body, "protected": head, "signature": signature}
    for value in (flat, {"payload": body, "signatures": [flat] * 2}, {**flat, f"x.{body}.{signature}": 1}):
        for submitted in (json.dumps(value), json.dumps(value) + "~", json.dumps(json.dumps(value))):
            assert refusal(entry, submitted) == "malformed"


@EVERY_ENTRY
def test_j19_token_of_another_kind_is_refused_at_every_entry(entry: str) -> None:
    kinds = {
        "JWT",
        "at+jwt",
        "dpop+jwt",
        "vc+jwt",
        "vp+jwt",
        "kb+jwt",
        "dc+sd-jwt",
        "statuslist+jwt",
        "did-auth+jwt",
        None,
    }
    for typ in kinds - {entry}:
        assert refusal(entry, ENTRIES[entry][0](typ=typ)) == "malformed"
    for other, (make, _) in ENTRIES.items():
        if {entry, other} != {"kb+jwt", "dc+sd-jwt"} and other != entry:
            assert refusal(entry, make()) in ("malformed", "proof_invalid")
    # a presentation with a key binding is no issuance, nor the other way round
    assert refusal("kb+jwt", selective()) == "presentation_invalid"
    assert refusal("dc+sd-jwt", bound()) == "malformed"


def test_j22_issuer_and_audience_of_a_credential_are_compared_exactly() -> None:
    for issuer in (ACME.did + "/", ACME.did.upper(), ACME.did[:-1], f"_{ACME.did}", ACME.did + ".evil.example"):
        for document in ({**CREDENTIAL, "iss": issuer}, {**CREDENTIAL, "issuer": issuer, "iss": ACME.did}):
            assert refusal("vc+jwt", forge_token(document, ACME, typ="vc+jwt")) == "malformed"
        assert refusal("dc+sd-jwt", selective({"vct": "x", "iss": issuer})) == "malformed"
    judge_credential(forge_token({**CREDENTIAL, "iss": ACME.did}, ACME, typ="vc+jwt"))
    token = read_presentation_token(forge_token({**SHOWN, "aud": DOMAIN}, PLANNER, typ="vp+jwt"))
    for audience in (DOMAIN + "/", DOMAIN.upper(), DOMAIN + ".evil.example", DOMAIN[:-1], f"_{DOMAIN}_"):
        with pytest.raises(LegationError) as refused:
            check_audience(token, audience=audience)
        assert refused.value.code == "domain_mismatch"
    check_audience(token, audience=DOMAIN)
