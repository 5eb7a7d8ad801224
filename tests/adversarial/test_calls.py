"""Attacks on the tokens that say who calls (areas "jose" and "service"), each beside its honest twin."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from legation.crypto.signing import Signer
from legation.domain.callers import CallerKind, Scope
from legation.domain.calls import build_call_token
from legation.domain.hosted_agents import HostedAgent, Life
from legation.errors import AuthenticationError, UnavailableError
from legation.standards.multiformats import decode_base64url, encode_base64url
from tests.support.hosted import ADMIN, ORIGIN, HostedWorld
from tests.support.keys import signer_of
from tests.support.memory import unavailable

URL = f"{ORIGIN}/v1/delegations"
JTI = "0123456789abcdefghijkl"
Forge = Callable[[dict[str, Any], dict[str, Any]], object]


def issued(world: HostedWorld) -> int:
    return int(world.clock.now().timestamp())


def honest(world: HostedWorld, signer: Signer, jti: str = JTI) -> str:
    return build_call_token(signer, audience=ORIGIN, method="POST", url=URL, at=world.clock.now(), jti=jti)


def rewrite(token: str, signer: Signer, forge: Forge, *, raw: Callable[[bytes], bytes] | None = None) -> str:
    """Change header and claims of a token, and sign it again with the same key."""
    first, second, _ = token.split(".")
    header, claims = json.loads(decode_base64url(first)), json.loads(decode_base64url(second))
    forge(header, claims)
    payload = json.dumps(claims).encode()
    signed = f"{encode_base64url(json.dumps(header).encode())}.{encode_base64url(raw(payload) if raw else payload)}"
    return f"{signed}.{encode_base64url(signer.key.sign(signed.encode()))}"


async def ask(world: HostedWorld, token: str, *, method: str = "POST", url: str = URL, scheme: str = "Bearer") -> Any:
    return await world.authentication.authenticate(f"{scheme} {token}", method, url, "request-9")


async def refuse(world: HostedWorld, token: str, **more: str) -> AuthenticationError:
    spent = dict(world.replays.seen)
    with pytest.raises(AuthenticationError) as refusal:
        await ask(world, token, **more)
    assert world.replays.seen == spent
    return refusal.value


def attack(act: Callable[[HostedWorld, HostedAgent, Signer], Any]) -> None:
    """Do something with a node that hosts ``planner``."""

    async def run() -> None:
        world = HostedWorld()
        planner = await world.host("planner")
        await act(world, planner, await world.signer(planner))

    asyncio.run(run())


def test_honest_token_proves_the_agent_and_reaches_what_is_its_own() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        caller = await ask(world, honest(world, signer))
        assert (caller.kind, caller.id, caller.request_id) == (CallerKind.AGENT, planner.did, "request-9")
        assert caller.scope == Scope("ana", planner.id)

    attack(act)


# ------------------------------------------------------------------ J01, J02: the algorithm


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "nOnE", "NONE", "", "HS256", "ES256", "eddsa", "Ed25519", "RS256"]
)
def test_j01_call_token_of_another_algorithm_is_refused(algorithm: str) -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        token = rewrite(honest(world, signer), signer, lambda header, _: header.update(alg=algorithm))
        await refuse(world, token)
        await refuse(world, token.rpartition(".")[0] + ".")
        assert (await ask(world, honest(world, signer))).id == planner.did

    attack(act)


def test_j02_call_token_authenticated_with_the_public_key_as_a_secret_is_refused() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        raw = signer.key.public_key.raw
        public = Ed25519PublicKey.from_public_bytes(raw)
        secrets = [
            raw,
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            json.dumps({"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(raw)}).encode(),
            signer.method.encode(),
        ]
        body = rewrite(honest(world, signer), signer, lambda header, _: header.update(alg="HS256")).rpartition(".")[0]
        for secret in secrets:
            mac = hmac.new(secret, body.encode(), sha256).digest()
            await refuse(world, f"{body}.{encode_base64url(mac)}")

    attack(act)


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c", "crit"])
def test_j05_key_or_extension_in_the_header_of_a_call_token_is_refused(member: str) -> None:
    async def act(world: HostedWorld, _: HostedAgent, signer: Signer) -> None:
        thief = signer_of("thief")
        value: object = [member] if member == "crit" else "https://evil.example/keys"
        await refuse(world, rewrite(honest(world, signer), thief, lambda header, _: header.update({member: value})))
        await refuse(world, rewrite(honest(world, signer), signer, lambda header, _: header.update({member: value})))

    attack(act)


def test_j08_member_that_stands_twice_in_a_call_token_is_refused() -> None:
    async def act(world: HostedWorld, _: HostedAgent, signer: Signer) -> None:
        twice = rewrite(
            honest(world, signer),
            signer,
            lambda *_: None,
            raw=lambda text: text[:-1] + b', "aud": "' + ORIGIN.encode() + b'"}',
        )
        await refuse(world, twice)

    attack(act)


# ------------------------------------------------------------------ forged, ill-typed, foreign, stale

FORGERIES: dict[str, Forge] = {
    "another typ": lambda header, _: header.update(typ="JWT"),
    "typ in another case": lambda header, _: header.update(typ="DID-AUTH+JWT"),
    "typ with a media type": lambda header, _: header.update(typ="application/did-auth+jwt"),
    "no typ": lambda header, _: header.pop("typ"),
    "a cty": lambda header, _: header.update(cty="vp"),
    "no kid": lambda header, _: header.pop("kid"),
    "relative kid": lambda header, _: header.update(kid="#" + header["kid"].partition("#")[2]),
    "kid of another DID": lambda header, _: header.update(kid=signer_of("thief").method),
    "kid with a query": lambda header, _: header.update(kid=header["kid"].replace("#", "?a=b#")),
    "kid that the agent does not have": lambda header, _: header.update(kid=header["kid"][:-1] + "1"),
    "another iss": lambda _, claims: claims.update(iss=signer_of("thief").did),
    "another sub": lambda _, claims: claims.update(sub=signer_of("thief").did),
    "an origin with a slash as aud": lambda _, claims: claims.update(aud=ORIGIN + "/"),
    "another aud": lambda _, claims: claims.update(aud="https://other.example"),
    "aud as a list": lambda _, claims: claims.update(aud=[ORIGIN]),
    "aud with others": lambda _, claims: claims.update(aud=[ORIGIN, "https://other.example"]),
    "another htm": lambda _, claims: claims.update(htm="GET"),
    "htm in another case": lambda _, claims: claims.update(htm="post"),
    "another path": lambda _, claims: claims.update(htu=ORIGIN + "/v1/keys"),
    "path in another case": lambda _, claims: claims.update(htu=ORIGIN + "/v1/Delegations"),
    "path with a slash more": lambda _, claims: claims.update(htu=URL + "/"),
    "another host": lambda _, claims: claims.update(htu=URL.replace("node", "other")),
    "another scheme": lambda _, claims: claims.update(htu=URL.replace("https", "http")),
    "another port": lambda _, claims: claims.update(htu=URL.replace("example", "example:8443")),
    "user info in htu": lambda _, claims: claims.update(htu=URL.replace("//", "//ana@")),
    "query in htu": lambda _, claims: claims.update(htu=URL + "?x=1"),
    "fragment in htu": lambda _, claims: claims.update(htu=URL + "#x"),
    "htu that is no text": lambda _, claims: claims.update(htu=5),
    "expired": lambda _, claims: claims.update(iat=claims["iat"] - 61, exp=claims["iat"] - 1),
    "ends now": lambda _, claims: claims.update(iat=claims["iat"] - 60, exp=claims["iat"]),
    "lives too long": lambda _, claims: claims.update(exp=claims["iat"] + 61),
    "made in the future": lambda _, claims: claims.update(iat=claims["iat"] + 6, exp=claims["iat"] + 20),
    "ends before it begins": lambda _, claims: claims.update(exp=claims["iat"] - 1),
    "times as texts": lambda _, claims: claims.update(iat=str(claims["iat"])),
    "times with fractions": lambda _, claims: claims.update(exp=claims["exp"] - 0.5),
    "end beyond every calendar": lambda _, claims: claims.update(iat=10**17, exp=10**17 + 60),
    "time as a boolean": lambda _, claims: claims.update(iat=True),
    "negative time": lambda _, claims: claims.update(iat=-1),
    "short jti": lambda _, claims: claims.update(jti="a" * 15),
    "long jti": lambda _, claims: claims.update(jti="a" * 129),
    "jti that is no text": lambda _, claims: claims.update(jti=12345678901234567890),
    "jti with a line break": lambda _, claims: claims.update(jti="a" * 20 + "\n"),
    "unknown claim": lambda _, claims: claims.update(scope="admin"),
    "nbf": lambda _, claims: claims.update(nbf=0),
    **{f"no {name}": lambda _, claims, name=name: claims.pop(name) for name in ("iss", "sub", "aud", "htm", "htu")},  # type: ignore[misc]  # a default binds the name
    **{f"no {name}": lambda _, claims, name=name: claims.pop(name) for name in ("iat", "exp", "jti")},  # type: ignore[misc]  # as above
}


@pytest.mark.parametrize("name", FORGERIES)
def test_call_token_that_does_not_fit_its_call_is_refused_beside_an_honest_one(name: str) -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        unchanged = rewrite(honest(world, signer, "t" * 22), signer, lambda *_: None)
        assert (await ask(world, unchanged)).id == planner.did
        await refuse(world, rewrite(honest(world, signer), signer, FORGERIES[name]))
        assert (await ask(world, honest(world, signer))).id == planner.did

    attack(act)


def test_call_token_for_another_method_or_url_is_refused() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        token = honest(world, signer)
        await refuse(world, token, method="DELETE")
        await refuse(world, token, method="post")
        await refuse(world, token, url=f"{ORIGIN}/v1/keys")
        await refuse(world, token, url="https://other.example/v1/delegations")
        assert (await ask(world, token, url=URL + "?limit=5")).id == planner.did

    attack(act)


def test_call_token_serves_once_also_for_two_calls_at_once() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        token = honest(world, signer)
        found = await asyncio.gather(*(ask(world, token) for _ in range(10)), return_exceptions=True)
        assert [type(each) for each in found if isinstance(each, BaseException)] == [AuthenticationError] * 9
        await refuse(world, token)
        assert (await ask(world, honest(world, signer, "another-jti-of-the-same"))).id == planner.did

    attack(act)


def test_jti_of_one_agent_is_not_spent_by_another() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        worker = await world.host("worker", "ben")
        assert (await ask(world, honest(world, await world.signer(worker)))).id == worker.did
        assert (await ask(world, honest(world, signer))).id == planner.did

    attack(act)


def test_token_that_was_cut_or_whose_signature_was_changed_is_refused_and_spends_nothing() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        token = honest(world, signer)
        body, _, signature = token.rpartition(".")
        raw = bytearray(decode_base64url(signature))
        raw[0] ^= 1
        for forged in (
            f"{body}.{encode_base64url(bytes(raw))}",
            f"{body}.",
            body,
            token[:-2],
            token + "A",
            token + ".",
            f"{token}, {token}",
            "",
            "..",
            "a.b.c",
            "é" * 20,
            "\udc80" * 20,
            "x" * 9000,
            rewrite(token, signer, lambda _, claims: claims.update(jti="a" * 5000)),
        ):
            await refuse(world, forged)
        for scheme in ("Basic", "DPoP", "", "Bearer Bearer"):
            await refuse(world, token, scheme=scheme)
        assert (await ask(world, token, scheme="bearer")).id == planner.did

    attack(act)


def test_agent_cannot_sign_for_another_one_and_nobody_from_outside_for_it() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        worker = await world.host("worker")
        other = await world.signer(worker)
        token = honest(world, signer)
        # the worker's key under the planner's name, and the planner's kid with the worker's signature
        await refuse(
            world, honest(world, Signer(planner.did, f"{planner.did}#{other.method.partition('#')[2]}", other.key))
        )
        await refuse(world, honest(world, Signer(planner.did, signer.method, other.key)))
        await refuse(world, honest(world, Signer(worker.did, signer.method, signer.key)))
        await refuse(world, honest(world, signer_of("outside")))
        await refuse(
            world,
            honest(
                world, Signer("did:web:node.example:agents:nobody", "did:web:node.example:agents:nobody#k", other.key)
            ),
        )
        assert (await ask(world, token)).id == planner.did

    attack(act)


@pytest.mark.parametrize("life", [Life.SUSPENDED, Life.RETIRED])
def test_agent_that_is_not_active_cannot_authenticate(life: Life) -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        assert (await ask(world, honest(world, signer))).id == planner.did
        world.set_agent(planner, life=life)
        await refuse(world, honest(world, signer, "another-jti-of-the-same"))

    attack(act)


@pytest.mark.parametrize("compromised", [False, True])
def test_key_that_was_rotated_or_compromised_proves_nobody(compromised: bool) -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        assert (await ask(world, honest(world, signer))).id == planner.did
        rotated = await world.rotate(planner, compromised_at=world.clock.now() if compromised else None)
        await refuse(world, honest(world, signer, "another-jti-of-the-same"))
        assert (await ask(world, honest(world, await world.signer(rotated), "n" * 22))).id == planner.did

    attack(act)


@pytest.mark.parametrize("p256", [False, True])
def test_access_key_proves_the_agent_until_it_is_removed(p256: bool) -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        own = world.give_access_key(planner, "own", p256=p256)
        assert (await ask(world, honest(world, own))).id == planner.did
        assert (await ask(world, honest(world, signer, "s" * 22))).id == planner.did
        world.set_agent(planner, keys=planner.keys)
        await refuse(world, honest(world, own, "another-jti-of-the-same"))

    attack(act)


# ------------------------------------------------------------------ Y10: what a stranger learns


def test_y10_every_refusal_has_the_same_words_and_unknown_tokens_are_looked_up_by_digest() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        _, token = await world.operators.create(ADMIN, "ana", "ana")
        wrong = token[:-2] + ("AA" if not token.endswith("AA") else "BB")
        refusals = [
            await refuse(world, wrong),
            await refuse(world, "legation_operator_" + "A" * 43),
            await refuse(world, "secret"),
            await refuse(world, honest(world, signer_of("outside"))),
            await refuse(world, rewrite(honest(world, signer), signer, FORGERIES["expired"])),
        ]
        world.set_agent(planner, life=Life.SUSPENDED)
        refusals.append(await refuse(world, honest(world, signer)))
        assert len({(error.code, error.detail, error.fix) for error in refusals}) == 1
        assert (await ask(world, token)).scope == Scope("ana")

    attack(act)


def test_store_that_does_not_answer_lets_nobody_in() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        world.state.calls.plan(1, error=unavailable)
        with pytest.raises(UnavailableError):
            await ask(world, honest(world, signer))

        async def fail(*_: object, **__: object) -> None:
            raise unavailable()

        world.replays.spend = fail  # type: ignore[method-assign]  # the store of replays is down
        with pytest.raises(UnavailableError):
            await ask(world, honest(world, signer))

    attack(act)


def test_token_is_not_accepted_again_after_its_digest_may_be_forgotten() -> None:
    async def act(world: HostedWorld, planner: HostedAgent, signer: Signer) -> None:
        token = honest(world, signer)
        await ask(world, token)
        (until,) = world.replays.seen.values()
        world.clock.advance(until - world.clock.now() - timedelta(microseconds=1))
        await refuse(world, token)
        world.clock.advance(timedelta(microseconds=1))
        await refuse(world, token)

    attack(act)
