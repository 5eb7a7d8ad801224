"""The shape of one hop: each rule of design page §1's table, in both forms of securing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from legation.domain.delegation.credential import Hop, Parent, parse_hop
from legation.domain.delegation.secured import SecuredCredential, read_hop
from legation.errors import LegationError, MalformedError, UnknownTermError
from tests.support.chains import (
    EMBEDDED,
    FROM,
    STATUS,
    TOKEN,
    Document,
    credential,
    delegation_of,
    detail_of,
    digest_of,
    forge_hop,
    hop_id,
    parties,
)

ACME, PLANNER, WORKER = parties(2)
ROOT = forge_hop(credential(0, ACME, PLANNER), ACME)
FORMS = pytest.mark.parametrize("form", [EMBEDDED, TOKEN])


def document() -> Document:
    """Return a hop below a root, with every optional member of ``delegation``."""
    made = credential(1, PLANNER, WORKER, parent=ROOT)
    delegation_of(made)["usageLedger"] = "did:web:ledger.example"
    made["credentialStatus"] = dict(STATUS)
    return made


def read(change: Callable[[Document], object], form: str) -> Hop:
    made = document()
    change(made)
    return read_hop(SecuredCredential(forge_hop(made, PLANNER, form))).hop


def refusal(change: Callable[[Document], object], form: str) -> LegationError:
    with pytest.raises(LegationError) as refused:
        read(change, form)
    return refused.value


def put(path: str, value: object) -> Callable[[Document], object]:
    """Return an edit that puts a value at a JSON Pointer."""

    def edit(made: Document) -> None:
        *parents, last = path.split("/")[1:]
        node: Any = made
        for name in parents:
            node = node[int(name)] if isinstance(node, list) else node[name]
        node[int(last) if isinstance(node, list) else last] = value

    return edit


def drop(path: str) -> Callable[[Document], object]:
    """Return an edit that removes the member at a JSON Pointer."""

    def edit(made: Document) -> None:
        *parents, last = path.split("/")[1:]
        node: Any = made
        for name in parents:
            node = node[name]
        del node[last]

    return edit


SUBJECT, DELEGATION = "/credentialSubject", "/credentialSubject/delegation"
DETAILS = DELEGATION + "/authorizationDetails"
DIGEST = digest_of(ROOT)


@FORMS
def test_hop_is_read_with_every_member(form: str) -> None:
    hop = read(lambda made: None, form)
    assert (hop.id, hop.issuer, hop.subject) == (hop_id(1), PLANNER.did, WORKER.did)
    assert (hop.principal, hop.max_depth) == ("https://idp.acme.example#ana", 15)
    assert hop.parent == Parent(hop_id(0), DIGEST)
    assert hop.usage_ledger == "did:web:ledger.example"
    assert [dict(entry) for entry in hop.status] == [STATUS]
    assert hop.valid_until - hop.valid_from == 3600 * 10**9
    assert hop.document["validFrom"] == FROM
    assert hop.raw_details() == delegation_of(document())["authorizationDetails"]


@FORMS
@pytest.mark.parametrize(
    "change",
    [
        drop(DELEGATION + "/parent"),
        drop(DELEGATION + "/usageLedger"),
        drop("/credentialStatus"),
        put("/issuer", {"id": PLANNER.did}),
        put("/issuer", {"id": PLANNER.did, "name": "Planner"}),
        put("/name", "Caf\u00e9"),
        put("/description", {"@value": "x", "@language": "en"}),
        put("/evidence", [{"type": "Call", "seconds": 1.5}]),
        put("/credentialStatus", [STATUS, {**STATUS, "statusPurpose": "suspension"}]),
        put("/credentialStatus", {"type": "SomethingElse", "index": 7}),
        put("/validFrom", "2026-11-23T08:00:00.123456789Z"),
        put("/validUntil", "2026-11-23T10:00:00+01:00"),
        put(DELEGATION + "/maxDepth", 0),
        put(DELEGATION + "/maxDepth", 16),
        put(DELEGATION + "/principal", "did:web:acme.example"),
        put("/id", "https://acme.example/credentials/1"),
    ],
)
def test_what_the_table_allows_is_read(change: Callable[[Document], object], form: str) -> None:
    read(change, form)


@FORMS
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/@context", ["https://www.w3.org/ns/credentials/v2"]),
        ("/@context", ["https://w3id.org/legation/v1", "https://www.w3.org/ns/credentials/v2"]),
        ("/@context", "https://www.w3.org/ns/credentials/v2"),
        ("/@context", ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/legation/v1", {"x": "y:z"}]),
        ("/@context/1", "https://w3id.org/legation/v1#"),
        ("/type", ["DelegationCredential", "VerifiableCredential"]),
        ("/type", ["VerifiableCredential"]),
        ("/type", "DelegationCredential"),
        ("/type", ["VerifiableCredential", "DelegationCredential", "Extra"]),
        ("/id", ""),
        ("/id", "no uri"),
        ("/id", None),
        ("/id", 7),
        ("/issuer", "https://acme.example"),
        ("/issuer", "did:web:acme.example/path"),
        ("/issuer", "did:web:acme.example?x=1"),
        ("/issuer", "did:web:acme.example#key"),
        ("/issuer", None),
        ("/issuer", [PLANNER.did]),
        ("/issuer", {"name": "x"}),
        ("/issuer", {"id": PLANNER.did, "name": 7}),
        ("/issuer", {}),
        ("/validFrom", "2026-11-23"),
        ("/validFrom", "2026-11-23T08:00:00"),
        ("/validFrom", "2026-11-23T24:00:00Z"),
        ("/validFrom", "2026-11-23T08:00:60Z"),
        ("/validFrom", "2026-11-23T08:00Z"),
        ("/validFrom", "2026-11-23t08:00:00z"),
        ("/validFrom", "2026-11-23T08:00:00.1234567890Z"),
        ("/validFrom", "2026-11-31T08:00:00Z"),
        ("/validFrom", 1795420800),
        ("/validFrom", None),
        ("/validUntil", "2026-11-23T09:00:00.Z"),
        ("/validUntil", "2026-11-23T09:00:00+25:00"),
        ("/validUntil", FROM),
        ("/validUntil", "2026-11-23T07:59:59Z"),
        (SUBJECT, []),
        (SUBJECT, [{"id": WORKER.did, "delegation": {}}]),
        (SUBJECT, None),
        (SUBJECT, WORKER.did),
        (SUBJECT + "/id", "https://worker.example"),
        (SUBJECT + "/id", WORKER.method),
        (SUBJECT + "/id", None),
        (DELEGATION, None),
        (DELEGATION, []),
        (DELEGATION, {}),
        (DELEGATION + "/principal", "ana"),
        (DELEGATION + "/principal", None),
        (DELEGATION + "/principal", ""),
        (DELEGATION + "/maxDepth", -1),
        (DELEGATION + "/maxDepth", 17),
        (DELEGATION + "/maxDepth", 3.0),
        (DELEGATION + "/maxDepth", "3"),
        (DELEGATION + "/maxDepth", True),
        (DELEGATION + "/maxDepth", None),
        (DETAILS, []),
        (DETAILS, {}),
        (DETAILS, None),
        (DETAILS, [{"type": "t", "actions": [f"a{i}"]} for i in range(33)]),
        (DETAILS, [{"type": "t", "actions": ["a"]}] * 2),
        (DETAILS + "/0", None),
        (DETAILS + "/0/actions", ["caf\u0065\u0301"]),
        (DELEGATION + "/parent", None),
        (DELEGATION + "/parent", {}),
        (DELEGATION + "/parent", {"id": hop_id(0)}),
        (DELEGATION + "/parent", {"digestMultibase": DIGEST}),
        (DELEGATION + "/parent/id", 7),
        (DELEGATION + "/parent/digestMultibase", "zQm" + DIGEST[3:]),
        (DELEGATION + "/parent/digestMultibase", DIGEST[:-1]),
        (DELEGATION + "/parent/digestMultibase", DIGEST + "A"),
        (DELEGATION + "/parent/digestMultibase", DIGEST[:-1] + "="),
        (DELEGATION + "/parent/digestMultibase", None),
        (DELEGATION + "/usageLedger", "https://ledger.example"),
        (DELEGATION + "/usageLedger", None),
        (DELEGATION + "/usageLedger", ["did:web:ledger.example"]),
        ("/credentialStatus", []),
        ("/credentialStatus", None),
        ("/credentialStatus", "https://acme.example/status"),
        ("/credentialStatus", [STATUS] * 9),
        ("/credentialStatus", {"id": "https://acme.example/status"}),
        ("/credentialStatus", [STATUS, 7]),
        ("/credentialStatus", {"type": 7}),
    ],
)
def test_what_the_table_does_not_allow_is_malformed(path: str, value: object, form: str) -> None:
    error = refusal(put(path, value), form)
    assert (type(error), error.code) == (MalformedError, "malformed")


@FORMS
@pytest.mark.parametrize(
    "path",
    [
        "/@context",
        "/id",
        "/type",
        "/issuer",
        "/validFrom",
        "/validUntil",
        SUBJECT,
        SUBJECT + "/id",
        SUBJECT + "/delegation",
        DELEGATION + "/principal",
        DELEGATION + "/maxDepth",
        DETAILS,
    ],
)
def test_hop_without_a_required_member_is_malformed(path: str, form: str) -> None:
    assert refusal(drop(path), form).code == "malformed"


@FORMS
@pytest.mark.parametrize(
    "path",
    [
        "/termsOfUse",
        "/refreshService",
        "/credentialSchema",
        "/relatedResource",
        "/renderMethod",
        "/issuanceDate",
        "/aud",
        "/vc",
        "/cnf",
        "/_sd",
        "/",
        SUBJECT + "/name",
        SUBJECT + "/@context",
        SUBJECT + "/type",
        DELEGATION + "/maxSpend",
        DELEGATION + "/@context",
        DELEGATION + "/maxdepth",
        DELEGATION + "/parent/hash",
        DETAILS + "/0/limits",
        DETAILS + "/0/constraints/expires",
        DETAILS + "/0/constraints/arguments/percent/step",
        "/issuer/url",
    ],
)
def test_unknown_member_anywhere_is_an_unknown_term(path: str, form: str) -> None:
    def edit(made: Document) -> None:
        made["issuer"] = {"id": PLANNER.did}
        put(path, {"x": 1})(made)

    error = refusal(edit, form)
    assert (type(error), error.code) == (UnknownTermError, "unknown_term")
    assert error.pointer == path


@pytest.mark.parametrize(
    ("claim", "agrees", "contradicts"),
    [
        ("iss", PLANNER.did, [ACME.did, None, [PLANNER.did]]),
        ("sub", WORKER.did, [PLANNER.did, 7]),
        ("jti", hop_id(1), [hop_id(2), ""]),
        ("nbf", 1795420800, [1795420801, 1795420800.0, "1795420800", True, None]),
        ("exp", 1795424400, [1795424399, 9999999999, None]),
        ("iat", 1795420800, [-1, 1.5, "1795420800", None, True]),
    ],
)
def test_registered_claim_agrees_with_the_member_that_it_repeats(
    claim: str, agrees: object, contradicts: list[Any]
) -> None:
    assert read(put(f"/{claim}", agrees), TOKEN).id == hop_id(1)
    for value in contradicts:
        error = refusal(put(f"/{claim}", value), TOKEN)
        assert (error.code, error.pointer) == ("malformed", f"/{claim}")


def test_registered_claim_in_an_embedded_credential_is_unknown() -> None:
    assert refusal(put("/iss", PLANNER.did), EMBEDDED).code == "unknown_term"


def test_enveloped_credential_with_a_proof_of_its_own_is_malformed() -> None:
    with pytest.raises(MalformedError):
        read(put("/proof", {}), TOKEN)


def test_embedded_credential_without_a_proof_is_malformed() -> None:
    with pytest.raises(MalformedError):
        read_hop(SecuredCredential(document()))


@pytest.mark.parametrize("value", [None, [], "x", 7, {}])
def test_what_is_no_credential_is_malformed(value: object) -> None:
    for enveloped in (False, True):
        with pytest.raises(MalformedError):
            parse_hop(value, enveloped=enveloped)


@FORMS
def test_hop_with_numbers_outside_delegation_is_read_and_not_plain(form: str) -> None:
    assert not read(put("/evidence", [1.5]), form).plain
    assert not read(put("/credentialStatus/statusListIndex", 7), form).plain
    assert read(lambda made: None, form).plain


@pytest.mark.parametrize("value", [2**53, -(2**53), 2**64, 1.0, -0.0, 1e30])
def test_number_beyond_the_bound_is_malformed_wherever_it_stands_in_delegation(value: float) -> None:
    def edit(number: float) -> Callable[[Document], object]:
        return lambda made: detail_of(made)["constraints"]["arguments"]["percent"].update(max=number)

    assert read(edit(2**53 - 1), TOKEN).max_depth == 15
    assert refusal(edit(value), TOKEN).code == "malformed"
    embedded = forge_hop(document(), PLANNER)
    assert isinstance(embedded, dict)
    edit(value)(embedded)
    with pytest.raises(MalformedError):
        read_hop(SecuredCredential(embedded))
