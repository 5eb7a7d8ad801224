"""Presenting: exactly what was chosen goes along, bound to one verifier where a holder binds it."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from legation.errors import MalformedError
from legation.standards.sd_jwt.issuing import issue_sd_jwt
from legation.standards.sd_jwt.presenting import choose_disclosures, present_sd_jwt
from tests.support.chains import AT
from tests.support.selective import AUDIENCE, BINDING, HOLDER, ISSUER, NONCE, TYPE, parse, salts, verify

CLAIMS: dict[str, Any] = {
    "clear": 1,
    "name": "Ana",
    "address": {"street": "Main St", "city": "Anytown"},
    "roles": ["a", "b", {"c": "d"}],
}
PATHS: list[tuple[str | int, ...]] = [
    ("name",),
    ("address",),
    ("address", "street"),
    ("roles", 0),
    ("roles", 2),
    ("roles", 2, "c"),
]
ISSUED = parse(
    issue_sd_jwt(
        CLAIMS,
        ISSUER,
        typ=TYPE,
        salts=salts(),
        disclosable=PATHS,
        decoys={(): 2, ("roles",): 2},
        holder_key=HOLDER.key.public_key,
    )
)


def shown(*paths: Any) -> dict[str, Any]:
    claims = verify(present_sd_jwt(ISSUED, paths)).claims
    del claims["cnf"]
    return claims


def test_only_what_was_chosen_is_shown() -> None:
    bare = {"clear": 1, "roles": ["b"]}
    assert shown() == bare
    assert shown(("clear",), ("roles", 1)) == bare
    assert shown(("name",)) == {**bare, "name": "Ana"}
    assert shown(("address",)) == {**bare, "address": {"city": "Anytown"}}
    assert shown(("address", "city")) == {**bare, "address": {"city": "Anytown"}}
    assert shown(("address", "street")) == {**bare, "address": CLAIMS["address"]}
    assert shown(("roles", 2)) == {"clear": 1, "roles": ["b", {}]}
    assert shown(("roles", None)) == {"clear": 1, "roles": ["a", "b", {}]}
    assert shown(("roles", None, "c")) == {"clear": 1, "roles": ["a", "b", {"c": "d"}]}
    assert shown(*PATHS) == CLAIMS


def test_every_choice_of_paths_can_be_presented() -> None:
    for size in range(len(PATHS) + 1):
        for chosen in combinations(PATHS, size):
            claims = shown(*chosen)
            assert ("name" in claims) == (("name",) in chosen)


@pytest.mark.parametrize("path", [("nobody",), ("name", "x"), ("roles", 3), ("roles", "a"), ("address", 0), (None,)])
def test_path_that_names_nothing_is_refused(path: Any) -> None:
    with pytest.raises(MalformedError):
        choose_disclosures(ISSUED, [path])


def test_presentation_can_be_presented_again_with_less() -> None:
    once = parse(present_sd_jwt(ISSUED, PATHS, holder=HOLDER, nonce=NONCE, audience=AUDIENCE, at=AT))
    assert once.key_binding is not None
    again = present_sd_jwt(once, [("name",)])
    assert again.endswith("~")
    assert verify(again).claims["name"] == "Ana"
    with pytest.raises(MalformedError):
        present_sd_jwt(parse(again), [("address",)])


def test_holder_binds_to_a_verifier_a_nonce_and_a_moment() -> None:
    text = present_sd_jwt(ISSUED, [("name",)], holder=HOLDER, nonce=NONCE, audience=AUDIENCE, at=AT)
    assert verify(text, BINDING).claims["name"] == "Ana"
    bound: dict[str, Any] = {"nonce": NONCE, "audience": AUDIENCE, "at": AT}
    for name in bound:
        with pytest.raises(MalformedError):
            present_sd_jwt(ISSUED, [], holder=HOLDER, **{**bound, name: None})
