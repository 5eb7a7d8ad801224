"""Laws of SD-JWT over generated claims, with the reference implementation as oracle in both directions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.errors import LegationError
from legation.standards.jwk import build_public_jwk
from legation.standards.multiformats import encode_base64url
from legation.standards.sd_jwt.binding import Binding
from legation.standards.sd_jwt.disclosures import RESERVED, Path
from legation.standards.sd_jwt.issuing import issue_sd_jwt
from legation.standards.sd_jwt.opening import open_sd_jwt
from legation.standards.sd_jwt.parsing import SDJWT, parse_sd_jwt
from legation.standards.sd_jwt.presenting import present_sd_jwt
from legation.standards.sd_jwt.verification import verify_sd_jwt
from tests.support.chains import AT
from tests.support.selective import AUDIENCE, BINDING, NONCE, NOW, TYPE, salts

SCALAR = b"\7".rjust(32, b"\0")
KEY = PrivateKey(KeyType.P256, SCALAR)
SIGNER = Signer("", "", KEY)
JWK_PUBLIC = JWK(**build_public_jwk(KEY.public_key))
JWK_PRIVATE = JWK(**build_public_jwk(KEY.public_key), d=encode_base64url(SCALAR))

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = TEXTS.filter(lambda name: name not in RESERVED | {"cnf", "exp", "nbf", "iat"})
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
CLAIMS = st.dictionaries(NAMES, VALUES, max_size=5)


def paths_in(value: Any, at: Path = ()) -> Iterator[Path]:
    """Yield every path of the claims."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield (*at, step)
        yield from paths_in(item, (*at, step))


@st.composite
def issuances(draw: Any) -> tuple[dict[str, Any], list[Path]]:
    """Return claims, and which of their paths are disclosable."""
    claims = draw(CLAIMS)
    paths = list(paths_in(claims))
    return claims, draw(st.lists(st.sampled_from(paths), unique=True)) if paths else []


def issue(claims: dict[str, Any], paths: list[Path], **options: Any) -> str:
    return issue_sd_jwt(claims, SIGNER, typ=TYPE, salts=salts(), disclosable=paths, **options)


def parse(text: str) -> SDJWT:
    return parse_sd_jwt(text, typ=TYPE, named=False)


def verify(text: str, binding: Binding | None = None) -> dict[str, Any]:
    return verify_sd_jwt(parse(text), lambda _: KEY.public_key, at=NOW, binding=binding).claims


def reference(text: str, *expected: str) -> Any:
    return SDJWTVerifier(text, lambda *_: JWK_PUBLIC, *expected).get_verified_payload()


def marked(value: Any, paths: set[Path], at: Path = ()) -> Any:
    """Return claims as the reference implementation marks what is disclosable in them."""
    if isinstance(value, dict):
        return {
            SDObj(name) if (*at, name) in paths else name: marked(item, paths, (*at, name))
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [
            SDObj(marked(item, paths, (*at, number))) if (*at, number) in paths else marked(item, paths, (*at, number))
            for number, item in enumerate(value)
        ]
    return value


@settings(max_examples=60, deadline=None)
@given(issuances())
def test_what_we_issue_the_reference_implementation_reads_alike(issuance: tuple[dict[str, Any], list[Path]]) -> None:
    claims, paths = issuance
    text = issue(claims, paths)
    assert reference(text) == verify(text) == claims
    bare = text.partition("~")[0] + "~"
    assert reference(bare) == verify(bare)


@settings(max_examples=60, deadline=None)
@given(issuances())
def test_what_the_reference_implementation_issues_we_read_alike(issuance: tuple[dict[str, Any], list[Path]]) -> None:
    claims, paths = issuance
    text = SDJWTIssuer(marked(claims, set(paths)), JWK_PRIVATE, JWK_PRIVATE, add_decoy_claims=True).sd_jwt_issuance
    ours = verify(text)
    assert ours == reference(text)
    del ours["cnf"]
    assert ours == claims
    assert {path for path, _ in open_sd_jwt(parse(text)).disclosed} == set(paths)


@settings(max_examples=40, deadline=None)
@given(issuances(), st.data())
def test_presentation_with_key_binding_is_read_alike(issuance: tuple[dict[str, Any], list[Path]], data: Any) -> None:
    claims, paths = issuance
    sd_jwt = parse(issue(claims, paths, holder_key=KEY.public_key, decoys={(): 2}))
    chosen = data.draw(st.lists(st.sampled_from(paths), unique=True)) if paths else []
    text = present_sd_jwt(sd_jwt, chosen, holder=SIGNER, nonce=NONCE, audience=AUDIENCE, at=AT)
    ours = verify(text, BINDING)
    assert ours == reference(text, AUDIENCE, NONCE)
    # what was chosen is shown with all that it stands in, and no other disclosure is
    shown = {path for path, _ in open_sd_jwt(parse(text)).disclosed}
    assert len(shown) == len({path for path in paths if any(choice[: len(path)] == path for choice in chosen)})


@settings(max_examples=25, deadline=None)
@given(issuances())
def test_presentation_by_the_reference_implementation_is_accepted(issuance: tuple[dict[str, Any], list[Path]]) -> None:
    claims, paths = issuance
    text = issue(claims, paths, holder_key=KEY.public_key)
    holder = SDJWTHolder(text)
    holder.create_presentation(dict.fromkeys(claims, True), NONCE, AUDIENCE, JWK_PRIVATE)
    presented = holder.sd_jwt_presentation
    issued = json.loads(holder.key_binding_jwt.payload)["iat"] * 10**9
    opened = verify_sd_jwt(parse(presented), lambda _: KEY.public_key, at=issued, binding=BINDING)
    assert opened.claims == reference(presented, AUDIENCE, NONCE)
    assert opened.claims.keys() - {"cnf"} == claims.keys()


@settings(max_examples=60, deadline=None)
@given(issuances(), st.data())
def test_any_other_byte_is_refused(issuance: tuple[dict[str, Any], list[Path]], data: Any) -> None:
    claims, paths = issuance
    text = issue(claims, paths)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABab01-_~.= ").filter(lambda character: character != text[place]))
    for changed in (text[:place] + other + text[place + 1 :], text[:place] + text[place + 1 :]):
        with pytest.raises(LegationError):
            verify(changed)
    assert verify(text) == claims


@settings(max_examples=100, deadline=None)
@given(CLAIMS, st.lists(VALUES, max_size=3))
def test_whatever_is_signed_is_opened_or_refused_and_never_breaks(claims: dict[str, Any], contents: list[Any]) -> None:
    from tests.support.selective import digest, forge_disclosure, forge_sd_jwt

    disclosures = [
        forge_disclosure("salt", *(content if isinstance(content, list) else [content])) for content in contents
    ]
    digests = [digest(disclosure) for disclosure in disclosures]
    with suppress(LegationError):
        open_sd_jwt(parse(forge_sd_jwt({**claims, "_sd": digests}, disclosures)))
    with suppress(LegationError):
        open_sd_jwt(parse(forge_sd_jwt({**claims, "x": [{"...": each} for each in digests]}, disclosures)))
