"""How hops hang together: issuer, parent's id and digest, no loop."""

from __future__ import annotations

from typing import Any

import pytest

from legation.domain.delegation.links import MAX_HOPS, check_link, check_no_loop, check_root
from legation.domain.delegation.secured import ReadHop, SecuredCredential, read_hop
from legation.errors import LegationError, MalformedError
from tests.support.chains import EMBEDDED, TOKEN, credential, delegation_of, digest_of, forge_chain, forge_hop, parties

ACME, PLANNER, WORKER, TOOL = parties(3)
FORMS = pytest.mark.parametrize("forms", [(EMBEDDED,), (TOKEN,), (EMBEDDED, TOKEN), (TOKEN, EMBEDDED)])


def reads(chain: list[Any]) -> list[ReadHop]:
    return [read_hop(SecuredCredential(wire)) for wire in chain]


@FORMS
def test_parent_is_named_by_the_digest_of_what_travels(forms: tuple[str, ...]) -> None:
    chain = forge_chain(3, forms=forms)
    found = reads(chain)
    assert [read.digest for read in found] == [digest_of(wire) for wire in chain]
    check_root(found[0].hop)
    check_link(found[0], found[1])
    check_link(found[1], found[2])


def test_digest_of_a_hop_outside_ascii_or_with_numbers_is_that_of_its_canonical_form() -> None:
    for extra in ({"name": "\u20ac"}, {"evidence": [{"n": 1e30, "\U0001f600": 1.0, "\ufb01": -0.0}]}):
        wire = forge_hop({**credential(0, ACME, PLANNER), **extra}, ACME)
        assert reads([wire])[0].digest == digest_of(wire)


def broken(edit: Any, *, links: bool = True) -> LegationError:
    found = reads(forge_chain(2, {1: edit}, links=links))
    with pytest.raises(LegationError) as refused:
        check_link(found[0], found[1])
    return refused.value


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda made: made.update(issuer=TOOL.did), "/issuer"),
        (lambda made: delegation_of(made).pop("parent"), "/credentialSubject/delegation"),
        (
            lambda made: delegation_of(made)["parent"].update(id="urn:uuid:other"),
            "/credentialSubject/delegation/parent/id",
        ),
        (
            lambda made: delegation_of(made)["parent"].update(digestMultibase="uEi" + "A" * 44),
            "/credentialSubject/delegation/parent/digestMultibase",
        ),
    ],
)
def test_link_that_does_not_fit_is_broken(change: Any, pointer: str) -> None:
    error = broken(change)
    assert (error.code, error.pointer) == ("link_broken", pointer)


def test_root_that_names_a_parent_is_broken() -> None:
    found = reads(forge_chain(2))
    check_root(found[0].hop)
    with pytest.raises(LegationError) as refused:
        check_root(found[1].hop)
    assert refused.value.code == "link_broken"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_party_that_stands_in_the_chain_twice_is_a_loop(number: int) -> None:
    people = parties(3)
    people[3] = people[number]
    with pytest.raises(MalformedError):
        check_no_loop([read.hop for read in reads(forge_chain(3, signers=people))])


def test_identifier_that_stands_in_the_chain_twice_is_refused() -> None:
    chain = forge_chain(3, {2: lambda made: made.update(id="urn:uuid:2f0b6f0e-7c2e-4a3f-9c55-000000000000")})
    check_no_loop([read.hop for read in reads(forge_chain(3))])
    with pytest.raises(MalformedError):
        check_no_loop([read.hop for read in reads(chain)])


def test_chain_of_no_readable_hop_is_no_loop() -> None:
    check_no_loop([])


def test_bound_on_hops_is_that_of_the_design_page() -> None:
    assert MAX_HOPS == 16
