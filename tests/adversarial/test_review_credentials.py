"""Attacks that the second review of credentials found open: documents that read otherwise, and work without end."""

from __future__ import annotations

import asyncio
import copy
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from legation.adapters import did_histories
from legation.adapters.did_histories import DIDHistories
from legation.crypto.signing import Signer
from legation.domain.credentials.deriving import derive_credential
from legation.domain.credentials.reading import read_credential, read_presentation
from legation.domain.credentials.seals import ASSERTION, AUTHENTICATION, Expectation
from legation.domain.credentials.verifying import verify_credential, verify_presentation
from legation.errors import LegationError, ResolutionError
from legation.standards.data_integrity.documents import add_proof
from legation.standards.did import methods
from legation.standards.did.methods import resolve_offline
from legation.standards.did.peer import resolve_did_peer
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.timestamps import SECOND
from legation.standards.vc import contexts_rules
from legation.usecases import credentials as usecase
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, ask, build_world
from tests.support.secured import ACME, CREDENTIALS_V2, HOLDER, credential, issued, presentation, presented

GRAPH = "eddsa-rdfc-2022"
XSD = "http://www.w3.org/2001/XMLSchema#"
TERMS = {
    "admin": "https://acme.example/#admin",
    "limit": "https://acme.example/#limit",
    "about": {"@id": "https://acme.example/#about", "@type": "@id"},
    "knows": "https://acme.example/#knows",
}
# 2026-11-01
NOW = 1_793_491_200 * SECOND
Change = Callable[[dict[str, Any]], object]


def own(**more: Any) -> dict[str, Any]:
    """Return a credential of everyday claims under terms of its own."""
    return credential(
        **{"@context": [CREDENTIALS_V2, copy.deepcopy(TERMS)]},
        id="urn:uuid:1234",
        **{
            "credentialSubject": {
                "id": "mailto:alice@example.com",
                "admin": False,
                "limit": 100,
                "about": "urn:isbn:1",
                "knows": {"id": "urn:uuid:1234"},
            },
            **more,
        },
    )


def changed(document: dict[str, Any], change: Change) -> dict[str, Any]:
    copied = copy.deepcopy(document)
    change(copied)
    return copied


def judge(document: object) -> str | None:
    """Return why a credential does not hold, or None where it does."""
    contexts = bundled_contexts()
    try:
        verify_credential(read_credential(document, contexts), {}, Expectation(NOW, ASSERTION), contexts)
    except LegationError as error:
        return error.code
    return None


def judge_shown(document: object) -> str | None:
    """Return why a presentation does not hold, or None where it does."""
    contexts = bundled_contexts()
    try:
        verify_presentation(read_presentation(document, contexts), {}, Expectation(NOW, AUTHENTICATION), contexts)
    except LegationError as error:
        return error.code
    return None


# ------------------------------------------------------------------ two documents of one signature


def _hide_in_self_reference(document: dict[str, Any]) -> None:
    hidden = {name: document.pop(name) for name in ("validUntil", "credentialStatus") if name in document}
    document["credentialSubject"]["knows"] = {"id": document["id"], "type": "VerifiableCredential", **hidden}


def test_end_and_status_are_not_moved_into_an_object_that_bears_the_credentials_own_id() -> None:
    status = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1"}
    entry = {**status, "statusListCredential": "https://acme.example/list"}
    expired = issued(own(validUntil="2021-01-01T00:00:00Z"), mechanism=GRAPH)
    revocable = issued(own(credentialStatus=entry), mechanism=GRAPH)
    assert judge(issued(own(), mechanism=GRAPH)) is None
    assert (judge(expired), judge(revocable)) == ("expired", "status_unknown")
    assert judge(changed(expired, _hide_in_self_reference)) == "malformed"
    assert judge(changed(revocable, _hide_in_self_reference)) == "malformed"


@pytest.mark.parametrize("context", ["https://w3id.org/security/v1", "https://w3id.org/security/v2"])
def test_end_of_a_proof_is_not_hidden_under_the_name_that_an_older_context_has_for_it(context: str) -> None:
    def rename(document: dict[str, Any]) -> None:
        document["@context"].append(context)
        document["proof"]["expiration"] = document["proof"].pop("expires")

    lasting, ended = (issued(mechanism=GRAPH, expires=f"{year}-01-01T00:00:00Z") for year in (2036, 2021))
    assert (judge(lasting), judge(ended)) == (None, "expired")
    # the context alone changes nothing
    assert judge(changed(lasting, lambda document: document["@context"].append(context))) is None
    assert judge(changed(ended, rename)) == "unknown_term"
    assert judge(changed(lasting, rename)) == "unknown_term"


def test_proof_of_a_stranger_does_not_make_a_longer_context_the_issuers() -> None:
    mallory, good = signer_of("mallory"), issued(mechanism="eddsa-jcs-2022")
    longer = {**good, "@context": [*good["@context"], {"role": "https://mallory.example/#role"}]}
    assert judge(_proved(good, mallory)) is None
    assert judge(longer) == "proof_invalid"
    assert judge(_proved(longer, mallory)) == "method_not_authorized"
    assert judge(_proved(longer, ACME)) is None


def _proved(document: dict[str, Any], signer: Signer) -> dict[str, Any]:
    return add_proof(
        document, signer, cryptosuite="eddsa-jcs-2022", purpose=ASSERTION, created=None, contexts=bundled_contexts()
    )


def _prefix(name: str, begin: str, *more: dict[str, Any]) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["@context"] += [*more, {name: {"@id": begin, "@prefix": True}}]

    return change


def _all(*changes: Change) -> Change:
    return lambda document: [change(document) for change in changes]


def _claim(**claims: Any) -> Change:
    return lambda document: document["credentialSubject"].update(claims)


MAILTO = _prefix("mailto", "m:", {"m": {"@id": "mailto:al", "@prefix": True}})
READ_OTHERWISE: dict[str, Change] = {
    "another_subject": _all(MAILTO, _claim(id="mailto:ice@example.com")),
    "another_id_of_the_credential": _all(
        _prefix("x", "urn:uuid:1"), lambda document: document.update(id="x:234"), _claim(knows={"id": "x:234"})
    ),
    "another_reference": _all(_prefix("x", "urn:isbn:"), _claim(about="x:1")),
    "false_that_is_an_object": _claim(admin={"@value": "false", "@type": f"{XSD}boolean"}),
    "number_that_is_an_object": _claim(limit={"@value": "100", "@type": f"{XSD}integer"}),
    "false_that_is_a_text": _all(
        lambda document: document["@context"][1].update(admin={"@id": TERMS["admin"], "@type": f"{XSD}boolean"}),
        _claim(admin="false"),
    ),
    "subject_twice": lambda document: document.update(credentialSubject=[document["credentialSubject"]] * 2),
    "subject_in_two_parts": lambda document: document.update(
        credentialSubject=[
            {"id": "mailto:alice@example.com", "admin": False},
            {name: value for name, value in document["credentialSubject"].items() if name != "admin"},
        ]
    ),
    "type_twice": lambda document: document.update(type=["VerifiableCredential", "VerifiableCredential"]),
}


@pytest.mark.parametrize("change", READ_OTHERWISE.values(), ids=READ_OTHERWISE)
def test_statements_that_were_signed_are_not_told_in_words_that_read_otherwise(change: Change) -> None:
    good = issued(own(), mechanism=GRAPH)
    assert judge(good) is None
    assert judge(changed(good, change)) == "malformed"


@pytest.mark.parametrize("text", ["1_00", " 100", "\uff11\uff10\uff10", "100x"])
def test_number_as_text_is_not_one_that_only_some_read_alike(text: str) -> None:
    document = own()
    document["@context"][1]["limit"] = {"@id": TERMS["limit"], "@type": f"{XSD}double"}
    document["credentialSubject"]["limit"] = "100"
    good = issued(document, mechanism=GRAPH)
    assert judge(good) is None
    assert judge(changed(good, _claim(limit="1e2"))) is None
    assert judge(changed(good, _claim(limit=text))) == "proof_invalid"


def test_own_terms_and_prefixes_still_serve_for_what_they_are_made_for() -> None:
    document = own()
    document["@context"].append({"acme": "https://acme.example/#"})
    document["credentialSubject"] |= {"acme:level": 1.5, "type": "acme:Member"}
    assert judge(issued(document, mechanism=GRAPH)) is None


def test_terms_of_use_are_not_left_out_of_what_is_derived() -> None:
    document = own(termsOfUse={"type": "https://acme.example/Terms"})
    base = issued(document, signer_of("issuer", p256=True), mechanism="ecdsa-sd-2023")
    shown = derive_credential(base, ["/credentialSubject/limit"], bundled_contexts())
    assert isinstance(shown, dict)
    assert judge(shown) is None
    assert "termsOfUse" in shown
    without = {name: value for name, value in shown.items() if name != "termsOfUse"}
    assert judge(without) == "proof_invalid"


# ------------------------------------------------------------------ work


def _chained(document: dict[str, Any], length: int) -> dict[str, Any]:
    for number in range(length):
        options = {"id": f"urn:p:{number}"} | ({"previousProof": f"urn:p:{number - 1}"} if number else {})
        document = add_proof(
            document,
            ACME,
            cryptosuite=GRAPH,
            purpose=ASSERTION,
            created=None,
            contexts=bundled_contexts(),
            options=options,
        )
    return document


def _entangled() -> dict[str, Any]:
    """Return a credential whose blank nodes take almost as long to tell apart as they may."""
    nodes = [
        {"id": f"_:{part}{one}", "knows": [{"id": f"_:{part}{two}"} for two in range(4) if two != one]}
        for part in "abcde"
        for one in range(4)
    ]
    return _chained({**own(credentialSubject={"id": "urn:x:1", "knows": nodes}), "issuer": ACME.did}, 16)


def test_bounds_that_each_credential_uses_up_are_not_used_up_by_a_whole_presentation() -> None:
    one = _entangled()
    assert judge_shown(presentation(*[issued(mechanism=GRAPH)] * 100)) is None
    began = time.process_time()
    assert judge(one) is None
    alone = time.process_time() - began
    # as many are let through as one request may cost: about four, and never all
    assert judge_shown(presentation(*[one] * 33)) == "too_large"
    assert time.process_time() - began < 12 * alone


def test_contexts_in_every_object_of_a_credential_are_bounded_before_anything_is_verified() -> None:
    def with_contexts(count: int) -> dict[str, Any]:
        subjects = [
            {"@context": ["https://w3id.org/security/v2"] * count, "id": f"urn:x:{number}"} for number in range(250)
        ]
        return {**credential(credentialSubject=subjects), "issuer": ACME.did}

    # it is read, and only then found to be without a proof
    began = time.process_time()
    assert judge(with_contexts(1)) == "proof_missing"
    light = time.process_time() - began
    assert judge(with_contexts(16)) == "too_large"
    assert time.process_time() - began < 12 * light


def test_identifier_that_is_almost_a_url_takes_no_time_however_long_it_is() -> None:
    # with a loop over the host and another over the rest it took the square of its length: minutes, and all others wait
    long = "https://" + "a" * 200_000
    began = time.process_time()
    for member in ("id", "issuer"):
        assert judge({**own(), "issuer": ACME.did, member: long + " "}) == "malformed"
    assert judge({**own(), "issuer": ACME.did, "id": long}) == "proof_missing"
    assert time.process_time() - began < 10


@pytest.mark.parametrize("kind", [[], {}, ["@id"], 5, None])
def test_type_of_a_term_that_is_no_text_is_refused_and_not_stumbled_over(kind: object) -> None:
    good = {**own(), "issuer": ACME.did}
    assert judge(good) == "proof_missing"
    bad = changed(good, lambda document: document["@context"][1].update(x={"@id": "urn:x", "@type": kind}))
    assert judge(bad) == "malformed"


def test_dids_that_say_it_all_are_not_read_by_the_thread_that_answers_everybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[int] = []
    needed = usecase.needed_documents

    def watched(dids: Any) -> tuple[str, ...]:
        threads.append(threading.get_ident())
        return needed(dids)

    monkeypatch.setattr(usecase, "needed_documents", watched)
    good = [issued(signer=signer_of(f"issuer {number}"), mechanism=GRAPH) for number in range(9)]
    elsewhere = copy.deepcopy(good[0]) | {"issuer": "did:web:nowhere.example"}
    elsewhere["proof"]["verificationMethod"] = "did:web:nowhere.example#key"
    for entries, status in ((good, 200), ([*good, elsewhere], 400)):
        body = {"verifiablePresentation": presented(presentation(*entries))}
        assert ask("POST", "/presentations/verify", body=body, headers=AUTHORIZED).status == status
    assert threads
    assert threading.get_ident() not in threads


def test_long_logs_that_one_presentation_names_are_not_all_verified_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, lock, running, most = threading.Event(), threading.Lock(), 0, 0

    def verify(*_: object, **__: object) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(10)
        with lock:
            running -= 1
        raise ResolutionError("refused")

    async def fetch(*_: object) -> bytes:
        return b"x" * 100_000

    async def run() -> list[object]:
        histories = DIDHistories(fetch)
        scid = "Qm" + "a" * 44
        at = datetime(2026, 11, 1, tzinfo=UTC)
        tasks = [
            asyncio.ensure_future(histories.fetch(f"did:webvh:{scid}:n{number}.example", at)) for number in range(16)
        ]
        for _ in range(100):
            await asyncio.sleep(0)
        go_on.set()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    monkeypatch.setattr(did_histories, "verify_entries", verify)
    found = asyncio.run(run())
    assert {type(error) for error in found} == {ResolutionError}
    assert most in (1, 2)


# ------------------------------------------------------------------ the audit trail


def test_caller_does_not_put_another_credential_into_the_audit_trail_than_was_signed() -> None:
    there = asyncio.run(build_world())
    asyncio.run(there.host("planner"))
    for document in (credential(id="urn:uuid:1"), credential()):
        body = {"credential": document, "options": {"credentialId": "urn:uuid:2"}}
        assert (
            ask("POST", "/agents/planner/credentials/issue", world=there, body=body, headers=AUTHORIZED).status == 201
        )
    assert [row.target for row in there.state.tables.audit][-2:] == ["urn:uuid:1", "urn:uuid:2"]


# ------------------------------------------------------------------ memory


def test_long_dids_of_many_keys_are_not_remembered_by_the_thousand() -> None:
    key = HOLDER.did.removeprefix("did:key:")
    short, before = f"did:peer:2.V{key}", methods._resolve_standard.cache_info().currsize
    for number in range(2, 40):
        assert resolve_offline("did:peer:2" + f".V{key}" * number) is not None
    grown = methods._resolve_standard.cache_info().currsize - before
    assert resolve_offline(short) is resolve_offline(short)
    assert grown <= 4
    assert resolve_did_peer.cache_info().maxsize <= 64


def test_orders_of_contexts_are_not_remembered_by_the_hundred() -> None:
    assert judge({**credential(), "issuer": ACME.did}) == "proof_missing"
    for number in range(200):
        document = {**own(), "issuer": ACME.did}
        document["@context"].append({f"term{number}": "https://acme.example/#term"})
        assert judge(document) == "proof_missing"
    assert len(contexts_rules._KNOWN) <= 64
