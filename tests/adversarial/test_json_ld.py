"""Attacks on what JSON-LD makes of a document; each name carries the id of its case."""

from __future__ import annotations

import json
import socket
import threading
from itertools import permutations
from typing import Any, NoReturn

import pytest

from legation.errors import LegationError, TooLargeError, UnknownTermError
from legation.standards.jsonld import contexts as pinned
from legation.standards.jsonld.canonical import canonicalize
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.jsonld.rdfc import write_quad
from legation.standards.jsonld.walk import walk
from tests.support.contexts import suite_contexts
from tests.support.nquads import canonicalize_nquads
from tests.support.poison import refusal_time

V2 = "https://www.w3.org/ns/credentials/v2"
EVIL = "https://evil.example/term"
CREDENTIAL: dict[str, Any] = {
    "@context": [V2, {"@protected": True, "account": "https://bank.example/account"}],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential"],
    "issuer": "did:example:issuer",
    "credentialSubject": {"id": "did:example:subject", "account": "mine", "name": "Ada"},
}


def canonical(document: dict[str, Any]) -> bytes:
    return canonicalize(document, bundled_contexts())


@pytest.mark.parametrize(
    "context",
    [
        {"account": EVIL},
        {"VerifiableCredential": EVIL},
        {"name": EVIL},
        {"id": EVIL},
        {"id": None},
        {"type": "@id"},
        {"identity": "@id"},
        {"credentialSubject": None},
        {"free": {"@id": EVIL, "@context": {"account": EVIL}}},
        {"free": {"@id": EVIL, "@context": {"id": EVIL}}},
        {"free": {"@id": EVIL, "@context": None}},
        {"@base": "https://evil.example/"},
        {"@propagate": False, "account": "https://bank.example/account"},
        {"@import": V2},
        None,
        [],
        "https://evil.example/v1",
    ],
)
def test_d04_context_that_turns_a_known_term_round_is_refused(context: Any) -> None:
    assert canonical(CREDENTIAL)
    with pytest.raises(LegationError):
        canonical({**CREDENTIAL, "@context": [*CREDENTIAL["@context"], context]})
    inside = {**CREDENTIAL["credentialSubject"], "@context": context}
    with pytest.raises(LegationError):
        canonical({**CREDENTIAL, "credentialSubject": inside})


def test_d04_context_before_the_known_ones_does_not_decide_what_they_say() -> None:
    before = canonical(CREDENTIAL)
    for name in ("issuer", "credentialSubject", "id", "type", "VerifiableCredential", "name"):
        moved = {**CREDENTIAL, "@context": [{name: EVIL}, *CREDENTIAL["@context"]]}
        assert canonical(moved) == before
        with pytest.raises(LegationError):
            canonical({**moved, "@context": [{name: {"@id": EVIL, "@protected": True}}, *CREDENTIAL["@context"]]})


def test_d04_terms_that_swap_their_names_change_what_is_signed_or_are_refused() -> None:
    made = {
        "@context": [V2, {"from": "https://bank.example/from", "to": "https://bank.example/to"}],
        "type": "VerifiableCredential",
        "credentialSubject": {"from": "Ada", "to": "Mallory"},
    }
    swapped = {"from": "https://bank.example/to", "to": "https://bank.example/from"}
    before = canonical(made)
    # what a reader of the JSON sees is turned round with the statements, never apart from them, by a context beside
    with pytest.raises(LegationError):
        canonical({**made, "@context": [*made["@context"], swapped]})
    assert canonical({**made, "@context": [V2, swapped]}) != before


STATUS = "https://www.w3.org/2018/credentials#credentialStatus"
UNTIL = "https://www.w3.org/2018/credentials#validUntil"
MOMENT = {"@value": "2026-11-24T00:00:00Z", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
REVOCABLE: dict[str, Any] = {
    **CREDENTIAL,
    "validUntil": MOMENT["@value"],
    "credentialStatus": {
        "id": "https://status.example/1#5",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
    },
}


def renamed(old: str, new: str, *contexts: Any, value: Any = None) -> dict[str, Any]:
    """Return the credential with a member under another name, with more contexts; its statements are the same."""
    made = {name: member for name, member in REVOCABLE.items() if name != old}
    made[new] = REVOCABLE[old] if value is None else value
    return {**made, "@context": [*REVOCABLE["@context"], *contexts]}


@pytest.mark.parametrize(
    "hidden",
    [
        renamed("credentialStatus", STATUS),
        renamed("credentialStatus", "c:credentialStatus", {"c": "https://www.w3.org/2018/credentials#"}),
        renamed("credentialStatus", "cs", {"cs": STATUS}),
        renamed("credentialStatus", "cs", {"cs": {"@id": STATUS, "@type": "@id"}}),
        renamed("credentialStatus", "cs", {"cs": STATUS, "credentialStatus": EVIL}),
        renamed("credentialStatus", "cs", {"credentialStatus": EVIL}, {"cs": STATUS}),
        renamed("validUntil", UNTIL, value=MOMENT),
        renamed("validUntil", "end", {"end": {"@id": UNTIL, "@type": MOMENT["@type"]}}),
        renamed("validUntil", "Until", {"@vocab": "https://www.w3.org/2018/credentials#valid"}, value=MOMENT),
        renamed("id", "@id"),
        renamed("type", "@type"),
        renamed("type", "kind", {"kind": "@type"}),
        renamed("type", "type", value="https://www.w3.org/2018/credentials#VerifiableCredential"),
        renamed("type", "type", {"VC": "https://www.w3.org/2018/credentials#VerifiableCredential"}, value="VC"),
        renamed(
            "type",
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
            {"@vocab": "https://www.w3.org/2018/credentials#"},
            value={"id": "https://www.w3.org/2018/credentials#VerifiableCredential"},
        ),
    ],
)
def test_d04_member_is_not_hidden_under_another_name_while_the_proof_holds(hidden: dict[str, Any]) -> None:
    before = canonical(REVOCABLE)
    # a context alone changes nothing
    assert canonical({**REVOCABLE, "@context": [*REVOCABLE["@context"], {"cs": EVIL}]}) == before
    with pytest.raises(LegationError):
        canonical(hidden)


@pytest.mark.parametrize(
    ("name", "other"),
    [("id", "@id"), ("name", "https://schema.org/name"), ("account", "https://bank.example/account")],
)
def test_d04_claim_is_not_hidden_under_another_name(name: str, other: str) -> None:
    subject = REVOCABLE["credentialSubject"]
    assert canonical({**REVOCABLE, "credentialSubject": {**subject, "https://bank.example/other": "a"}})
    moved = {**{member: value for member, value in subject.items() if member != name}, other: subject[name]}
    with pytest.raises(LegationError):
        canonical({**REVOCABLE, "credentialSubject": moved})


@pytest.mark.parametrize("value", [5, "5", None, [], {}, {"@value": 5}, {"id": "urn:a"}])
def test_d05_undefined_term_is_refused_wherever_it_stands(value: Any) -> None:
    assert canonical(CREDENTIAL)
    subject = CREDENTIAL["credentialSubject"]
    for bad in (
        {**CREDENTIAL, "maxSpend": value},
        {**CREDENTIAL, "credentialSubject": {**subject, "maxSpend": value}},
        {**CREDENTIAL, "credentialSubject": [subject, {"id": "urn:b", "maxSpend": value}]},
    ):
        with pytest.raises(UnknownTermError) as refused:
            canonical(bad)
        assert refused.value.code == "unknown_term"


@pytest.mark.parametrize("value", [None, [], [None], {"@value": None}, [[]]])
def test_d05_member_that_makes_no_statement_is_refused(value: Any) -> None:
    subject = CREDENTIAL["credentialSubject"]
    for place in ("account", "name"):
        with pytest.raises(LegationError):
            canonical({**CREDENTIAL, "credentialSubject": {**subject, place: value}})
    with pytest.raises(LegationError):
        canonical({**CREDENTIAL, "credentialStatus": value})


def test_d05_statements_that_end_early_are_refused() -> None:
    for place in ("id", "issuer"):
        assert canonical({**CREDENTIAL, place: "urn:a"})
        for forged in ('urn:a> <urn:b> "c" .\n<urn:d', "urn:a>", "urn:a\n", "urn:a b", "urn:a\\u003e"):
            with pytest.raises(LegationError):
                canonical({**CREDENTIAL, place: forged})


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return what was asked of the network, which answers nothing."""
    asked: list[object] = []

    def refuse(*arguments: object, **_: object) -> NoReturn:
        asked.append(arguments)
        raise AssertionError("the network was asked")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    return asked


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/slow",
        "file:///etc/passwd",
        "https://www.w3.org/ns/credentials/v2/",
        "//evil.example/v1",
        "v2",
        "",
    ],
)
def test_d07_unknown_context_is_refused_and_nothing_is_fetched(url: str, no_network: list[object]) -> None:
    assert canonical(CREDENTIAL)
    scoped = {"free": {"@id": EVIL, "@context": url}}
    for contexts in ([V2, url], [url], url, [V2, scoped]):
        with pytest.raises(LegationError) as refused:
            canonical({**CREDENTIAL, "@context": contexts})
        assert refused.value.code == ("context_unknown" if contexts != [V2, scoped] else "malformed")
        if refused.value.code == "context_unknown":
            assert url in refused.value.detail
            assert "contexts_dir" in refused.value.fix
    with pytest.raises(LegationError) as refused:
        canonical({**CREDENTIAL, "credentialSubject": {"@context": url, "account": "a"}})
    assert refused.value.code == "context_unknown"
    assert no_network == []


def test_d07_pinned_contexts_need_no_network(no_network: list[object]) -> None:
    contexts = suite_contexts()
    for url in contexts:
        try:
            assert canonicalize({"@context": url, "https://e.example/t": 1}, contexts)
        except LegationError as error:
            pytest.fail(f"{url}: {error}")
    assert no_network == []


@pytest.mark.parametrize("url", sorted(pinned._BUNDLED))
def test_d07_bundled_context_with_one_changed_byte_stops_the_start(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = bundled_contexts()[url].raw
    changed = genuine.replace(b" ", b"\t", 1)
    assert len(changed) == len(genuine)

    place, digest = pinned._BUNDLED[url]
    found = pinned._read_file
    assert pinned._read_bundled(url, place, digest).raw == found(*place) == genuine
    monkeypatch.setattr(pinned, "_read_file", lambda *at: changed if at == place else found(*at))
    with pytest.raises(LegationError) as refused:
        bundled_contexts.__wrapped__()
    assert refused.value.code == "context_changed"


def test_d07_bundled_context_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bundled_contexts.__wrapped__()
    monkeypatch.setitem(pinned._BUNDLED, "https://a.example", (("legation.absent", "a.jsonld"), "0" * 64))
    with pytest.raises(LegationError) as refused:
        bundled_contexts.__wrapped__()
    assert refused.value.code == "context_changed"


def clique(size: int) -> dict[str, Any]:
    links: dict[int, list[dict[str, str]]] = {}
    for one, other in permutations(range(size), 2):
        links.setdefault(one, []).append({"@id": f"_:e{other}"})
    return {
        "@context": {"link": "https://e.example/link", "all": "https://e.example/all"},
        "@id": "https://e.example/graph",
        "all": [{"@id": f"_:e{number}", "link": links[number]} for number in range(size)],
    }


@pytest.mark.parametrize("size", [6, 10, 40])
def test_d09_poison_graph_is_refused_within_a_tenth_of_a_second(size: int) -> None:
    assert canonical(clique(4))
    text = "".join(map(write_quad, walk(clique(size), bundled_contexts())))
    for attack in (lambda: canonical(clique(size)), lambda: canonicalize_nquads(text)):
        assert refusal_time(attack) < 0.1


def test_d09_other_threads_go_on_while_a_poison_graph_is_refused() -> None:
    document = json.loads(json.dumps(clique(10)))
    going, steps = threading.Event(), 0

    def attack() -> None:
        going.wait()
        for _ in range(20):
            with pytest.raises(TooLargeError):
                canonical(document)

    attacker = threading.Thread(target=attack)
    attacker.start()
    going.set()
    while attacker.is_alive():
        steps += 1
    attacker.join()
    assert steps > 100
