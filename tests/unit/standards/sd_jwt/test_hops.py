"""A hop that is an SD-JWT: its issuer-signed part, and nothing undisclosed in what counts."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import LegationError, MalformedError
from legation.standards.sd_jwt.hops import read_selective_hop
from legation.standards.sd_jwt.issuing import issue_sd_jwt
from tests.support.selective import ISSUER, digest, forge_binding, forge_disclosure, forge_sd_jwt, salts

CLAIMS: dict[str, Any] = {
    "iss": ISSUER.did,
    "vct": "https://w3id.org/legation/delegation",
    "exp": 1_900_000_000,
    "delegation": {"maxDepth": 1, "authorizationDetails": [{"type": "a"}, {"type": "b"}]},
    "name": "x",
}
MEMBERS = [("delegation",), ("exp",), ("nbf",), ("validUntil",)]


def issue(*disclosable: Any, typ: str = "vc+sd-jwt", **options: Any) -> str:
    return issue_sd_jwt(CLAIMS, ISSUER, typ=typ, salts=salts(), disclosable=disclosable, **options)


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "dc+sd-jwt"])
def test_hop_is_read_with_its_issuer_signed_part(typ: str) -> None:
    text = issue(("delegation", "authorizationDetails", 0), typ=typ)
    hop = read_selective_hop(text, MEMBERS)
    assert (hop.type, hop.claims, hop.undisclosed) == (typ, CLAIMS, ())
    assert hop.issuer_signed == text.partition("~")[0]
    hop.jws.verify(ISSUER.key.public_key)
    # the digest that a child names is the same whatever is disclosed
    assert read_selective_hop(hop.issuer_signed + "~", MEMBERS).issuer_signed == hop.issuer_signed


def test_what_stays_undisclosed_in_a_member_is_told() -> None:
    for path in (("delegation", "authorizationDetails", 0), ("delegation", "maxDepth"), ("delegation",)):
        signed = issue(path).partition("~")[0]
        assert ("delegation",) in read_selective_hop(signed + "~", MEMBERS).undisclosed
    for place in (("delegation",), ("delegation", "authorizationDetails"), ("delegation", "authorizationDetails", 1)):
        assert read_selective_hop(issue(decoys={place: 1}), MEMBERS).undisclosed == (("delegation",),)


def test_member_that_is_not_there_may_be_what_is_hidden_beside_it() -> None:
    hop = read_selective_hop(issue(("name",)).partition("~")[0] + "~", MEMBERS)
    assert hop.undisclosed == (("nbf",), ("validUntil",))
    assert read_selective_hop(issue(("name",)), MEMBERS).undisclosed == ()


def test_token_that_is_no_hop_is_refused() -> None:
    text = issue()
    for wrong in (
        text.rstrip("~"),
        forge_binding(text),
        issue(typ="example+sd-jwt"),
        issue(typ="vp+sd-jwt"),
        forge_sd_jwt(CLAIMS, typ="vc+sd-jwt", kid=None),
        forge_sd_jwt(CLAIMS, typ="vc+sd-jwt", kid="https://issuer.example#k"),
        forge_sd_jwt({**CLAIMS, "_sd": [digest("x"), digest("x")]}, typ="vc+sd-jwt"),
        forge_sd_jwt(CLAIMS, [forge_disclosure("s", "a", 1)], typ="vc+sd-jwt"),
        forge_sd_jwt({**CLAIMS, "vct": 7}, typ="dc+sd-jwt"),
        forge_sd_jwt({**CLAIMS, "exp": {"_sd": [digest("x")]}}, typ="dc+sd-jwt"),
        "",
    ):
        with pytest.raises((MalformedError, LegationError)):
            read_selective_hop(wrong, MEMBERS)
    read_selective_hop(text, MEMBERS)
