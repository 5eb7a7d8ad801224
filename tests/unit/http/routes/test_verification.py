"""Challenges, and verdicts on what answers them or was received otherwise."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from legation.domain.delegation.issuance import Format
from legation.domain.trust import TrustAnchors
from legation.standards.timestamps import parse_timestamp
from tests.support.delegated import REQUEST, chain_of, present_chain
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, ORIGIN, Answer, World, ask, build_world

ACME, WORKER = signer_of("acme"), signer_of("worker")


def trusting() -> World:
    return asyncio.run(build_world(trust=TrustAnchors.of(ACME.did)))


def post(world: World, path: str, body: object) -> Answer:
    return ask("POST", path, world=world, body=body, headers=AUTHORIZED)


def challenge_of(world: World) -> str:
    return str(post(world, "/v1/challenges", {}).json["challenge"])


def shown(world: World, challenge: str, form: Format | None = None, domain: str = ORIGIN) -> Any:
    chain = chain_of(ACME, WORKER, at=world.clock.now(), form=form)
    text = present_chain(chain, WORKER, challenge=challenge, domain=domain, at=world.clock.now(), form=form)
    return json.loads(text) if text.startswith("{") else text


# ------------------------------------------------------------------ challenges


@pytest.mark.parametrize("body", [b"", {}])
def test_challenge_is_given_with_its_domain_and_its_end(body: object) -> None:
    world = asyncio.run(build_world())
    answer = ask("POST", "/v1/challenges", world=world, body=body, headers=AUTHORIZED)
    assert answer.status == 201
    assert set(answer.json) == {"challenge", "domain", "expiresAt"}
    assert len(answer.json["challenge"]) == 22
    assert answer.json["domain"] == ORIGIN
    ends = (world.clock.now() + timedelta(minutes=5)).timestamp()
    assert parse_timestamp(answer.json["expiresAt"]) == int(ends) * 10**9


def test_challenge_is_kept_by_no_cache() -> None:
    assert ask("POST", "/v1/challenges", headers=AUTHORIZED).headers["cache-control"] == "no-store"


def test_challenge_for_whom_nobody_knows_is_refused() -> None:
    answer = ask("POST", "/v1/challenges", body={"for": "worker"}, headers=AUTHORIZED)
    assert (answer.status, answer.json["code"], answer.json["pointer"]) == (400, "unknown_term", "/for")


# ------------------------------------------------------------------ presentations


@pytest.mark.parametrize("form", [Format.DATA_INTEGRITY, Format.JWT])
def test_presentation_is_accepted_once_over_http(form: Format) -> None:
    world = trusting()
    body = {"presentation": shown(world, challenge_of(world), form), "request": REQUEST}
    first = post(world, "/v1/presentations/verify", body)
    assert (first.status, first.json["verified"], first.json["accepted"]) == (200, True, True)
    assert first.json["error"] is None
    assert len(first.json["hops"]) == 1
    second = post(world, "/v1/presentations/verify", body)
    assert (second.status, second.json["accepted"], second.json["error"]["code"]) == (200, False, "replayed")


def test_request_that_is_not_covered_is_a_verdict_and_no_error() -> None:
    world = trusting()
    body = {"presentation": shown(world, challenge_of(world)), "request": {**REQUEST, "action": "erase"}}
    answer = post(world, "/v1/presentations/verify", body)
    assert (answer.status, answer.json["verified"], answer.json["accepted"]) == (200, True, False)
    assert answer.json["error"]["code"] == "request_not_covered"


@pytest.mark.parametrize(
    ("presentation", "code"),
    [("", "malformed"), ("eyJ", "malformed"), ({}, "malformed"), ([], "malformed"), ({"type": "x"}, "malformed")],
)
def test_what_is_no_presentation_is_a_verdict_too(presentation: object, code: str) -> None:
    answer = post(trusting(), "/v1/presentations/verify", {"presentation": presentation})
    assert (answer.status, answer.json["verified"], answer.json["error"]["code"]) == (200, False, code)


# ------------------------------------------------------------------ chains


def bare(world: World) -> Any:
    return json.loads(chain_of(ACME, WORKER, at=world.clock.now()).to_json())


def test_bare_chain_is_accepted_for_the_holder_that_the_caller_names() -> None:
    world = trusting()
    answer = post(world, "/v1/verify", {"chain": bare(world), "holder": WORKER.did, "request": REQUEST})
    assert (answer.status, answer.json["verified"], answer.json["accepted"]) == (200, True, True)
    other = post(world, "/v1/verify", {"chain": bare(world), "holder": ACME.did})
    assert other.json["error"]["code"] == "holder_mismatch"
    nobody = post(world, "/v1/verify", {"chain": bare(world)})
    assert (nobody.json["verified"], nobody.json["error"]["code"]) == (True, "presentation_invalid")


def test_one_credential_and_a_token_are_chains_too() -> None:
    world = trusting()
    (credential,) = bare(world)
    token = chain_of(ACME, WORKER, at=world.clock.now(), form=Format.JWT).hops[0].wire
    for chain in (credential, token):
        assert post(world, "/v1/verify", {"chain": chain, "holder": WORKER.did}).json["accepted"]


def test_presentation_is_judged_with_the_callers_own_challenge_and_domain_and_nothing_is_spent() -> None:
    world = trusting()
    body = {
        "chain": shown(world, "c-1", domain="https://shop.example"),
        "challenge": "c-1",
        "domain": "https://shop.example",
    }
    assert [post(world, "/v1/verify", body).json["accepted"] for _ in range(2)] == [True, True]
    assert post(world, "/v1/verify", {**body, "challenge": "c-2"}).json["error"]["code"] == "challenge_mismatch"
    assert post(world, "/v1/verify", {**body, "domain": ORIGIN}).json["error"]["code"] == "domain_mismatch"
    del body["domain"]
    assert post(world, "/v1/verify", body).json["error"]["code"] == "domain_mismatch"


def test_presentation_without_a_challenge_of_the_callers_is_refused() -> None:
    world = trusting()
    answer = post(world, "/v1/verify", {"chain": shown(world, challenge_of(world))})
    assert answer.json["error"]["code"] == "challenge_mismatch"


def test_root_that_nobody_trusts_is_refused() -> None:
    world = asyncio.run(build_world())
    answer = post(world, "/v1/verify", {"chain": bare(world), "holder": WORKER.did})
    assert (answer.json["verified"], answer.json["error"]["code"]) == (True, "untrusted_root")


@pytest.mark.parametrize("chain", [[], {}, "", "x", [[]], [1], {"type": "VerifiablePresentation"}])
def test_what_is_no_chain_is_a_verdict_too(chain: object) -> None:
    answer = post(trusting(), "/v1/verify", {"chain": chain})
    assert (answer.status, answer.json["verified"], answer.json["error"]["code"]) == (200, False, "malformed")
