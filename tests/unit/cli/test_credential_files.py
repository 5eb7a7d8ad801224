"""What a file with a credential or a presentation holds: told apart, and wrapped as it came."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from legation.cli.credential_files import is_presentation, read_presentation, read_received
from legation.cli.failures import UsageError
from legation.errors import LegationError, MalformedError, TooLargeError
from legation.standards.multiformats import encode_base64url

CREDENTIAL = {"type": ["VerifiableCredential"], "proof": {}}
PRESENTATION = {"type": "VerifiablePresentation"}
ENVELOPED = {"type": "EnvelopedVerifiablePresentation", "id": "data:application/vp+jwt,a.b.c"}


def token(kind: str, rest: str = ".e30.AA") -> str:
    return encode_base64url(json.dumps({"alg": "EdDSA", "typ": kind}).encode()) + rest


def file(folder: Path, content: object) -> str:
    path = folder / "file"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


@pytest.mark.parametrize(
    "received",
    [
        PRESENTATION,
        {"type": ["VerifiablePresentation", "Other"]},
        ENVELOPED,
        {"type": ["EnvelopedVerifiablePresentation"]},
        token("vp+jwt"),
        token("vp+sd-jwt", ".e30.AA~d~"),
    ],
)
def test_presentation_is_known_in_every_form(received: object) -> None:
    assert is_presentation(received)


@pytest.mark.parametrize(
    "received",
    [
        CREDENTIAL,
        {},
        {"type": {"VerifiablePresentation": 1}},
        {"type": [["VerifiablePresentation"]]},
        None,
        [],
        "",
        "nonsense",
        "a.b.c",
        token("vc+jwt"),
        token("vc+sd-jwt", ".e30.AA~d~"),
        "é.ü.x",
        "~" * 9,
    ],
)
def test_everything_else_is_none(received: object) -> None:
    assert not is_presentation(received)


def test_presentation_stays_as_it_is_and_credentials_are_put_into_one(tmp_path: Path) -> None:
    assert read_presentation(file(tmp_path, PRESENTATION)) == PRESENTATION
    for content, expected in ((CREDENTIAL, [CREDENTIAL]), ([CREDENTIAL, CREDENTIAL], [CREDENTIAL, CREDENTIAL])):
        made = read_presentation(file(tmp_path, content))
        assert made["verifiableCredential"] == expected
        assert made["type"] == ["VerifiablePresentation"]


@pytest.mark.parametrize(("kind", "rest"), [("vc+jwt", ".e30.AA"), ("vc+sd-jwt", ".e30.AA~d~")])
def test_token_is_enveloped_by_its_type(tmp_path: Path, kind: str, rest: str) -> None:
    text = token(kind, rest)
    for content in (text, f"\n{text}\n", [text]):
        (entry,) = read_presentation(file(tmp_path, content))["verifiableCredential"]  # type: ignore[misc]  # a list
        assert entry["type"] == "EnvelopedVerifiableCredential"
        assert entry["id"] == f"data:application/{kind},{text}"


@pytest.mark.parametrize("content", ["", "nonsense", token("vp+jwt"), token("JWT"), [1], [None], [PRESENTATION], [[]]])
def test_what_nobody_presents_is_a_usage_error(tmp_path: Path, content: object) -> None:
    with pytest.raises(UsageError):
        read_presentation(file(tmp_path, content))


def test_what_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(MalformedError):
        read_received(file(tmp_path, "{"))
    with pytest.raises(TooLargeError):
        read_received(file(tmp_path, "{" + " " * 300_000 + "}"))
    with pytest.raises(LegationError) as caught:
        read_received(str(tmp_path / "absent"))
    assert caught.value.code == "file_unusable"
