"""What a verifier is handed: every form that the design page allows, and what is none of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from legation.domain.submission import Submission, parse_submission, read_credential
from legation.errors import LegationError, MalformedError, TooLargeError, UnknownTermError
from tests.support.chains import (
    CONTEXT,
    EMBEDDED,
    TOKEN,
    entry,
    forge_chain,
    forge_presentation,
    forge_presentation_token,
    honest_chain,
    parties,
)

HOLDER = parties(2)[2]
MIXED = forge_chain(2, forms=(EMBEDDED, TOKEN))
TOKENS = forge_chain(2, forms=(TOKEN,))
BOUND = 256 * 1024


def hops(submission: Submission) -> list[Any]:
    return [hop.wire for hop in submission.hops]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps(MIXED), MIXED),
        (json.dumps(MIXED, indent=2), MIXED),
        (json.dumps([entry(wire) for wire in MIXED]), MIXED),
        (json.dumps(MIXED[0]), MIXED[:1]),
        (str(MIXED[1]), MIXED[1:]),
        (f"\n {MIXED[1]} \n", MIXED[1:]),
        (json.dumps(MIXED[1]), MIXED[1:]),
        (json.dumps(entry(MIXED[1])), MIXED[1:]),
    ],
)
def test_bare_chain_or_credential_is_read(text: str, expected: list[Any]) -> None:
    for data in (text, text.encode()):
        submission = parse_submission(data)
        assert hops(submission) == expected
        assert submission.presentation is None


def test_presentation_is_read_in_every_form() -> None:
    token = forge_presentation_token(MIXED, HOLDER)
    enveloping = {
        "@context": CONTEXT[0],
        "type": "EnvelopedVerifiablePresentation",
        "id": f"data:application/vp+jwt,{token}",
    }
    for text in (json.dumps(forge_presentation(MIXED, HOLDER)), token, json.dumps(token), json.dumps(enveloping)):
        submission = parse_submission(text)
        assert hops(submission) == MIXED
        assert submission.presentation is not None
        assert submission.presentation.holder == HOLDER.did


def test_token_whose_header_begins_with_a_space_is_read_as_a_token() -> None:
    from tests.support.chains import base64url, read

    signer = parties(1)[0]
    header = f' {{"alg":"EdDSA","typ":"vc+jwt","kid":"{signer.method}"}}'
    signing_input = f"{base64url(header.encode())}.{base64url(json.dumps(read(TOKENS[0])).encode())}"
    token = f"{signing_input}.{base64url(signer.key.sign(signing_input.encode()))}"
    assert hops(parse_submission(token)) == [token]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"null",
        b"true",
        b"7",
        b"[]",
        b"[[]]",
        b"[7]",
        b"[null]",
        b"hello",
        b"{",
        b'{"a":1,"a":1}',
        b'{"a":NaN}',
        b"\xff\xfe{\x00}\x00",
        b'{"a":"\xc0\xaf"}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\\ud800"}',
        b"\xe9.\xe9.\xe9",
        "{}".encode("utf-16"),
        b"[" * 400 + b"]" * 400,
        b"[" * 5000 + b"]" * 5000,
        b'{"type":' * 300 + b"1" + b"}" * 300,
        b'{"type":"VerifiablePresentation"}',
        b'{"type":["VerifiablePresentation"],"verifiableCredential":[]}',
    ],
)
def test_what_is_no_submission_is_malformed(data: bytes) -> None:
    with pytest.raises(LegationError) as refused:
        parse_submission(data)
    assert refused.value.code == "malformed"


def test_text_with_a_lone_surrogate_is_malformed() -> None:
    with pytest.raises(MalformedError):
        parse_submission('["\ud800"]')


def test_submission_of_256_kib_is_read_and_one_byte_more_is_too_large() -> None:
    text = json.dumps(MIXED)
    for start, end in (("", ""), (text[:1], text[1:])):
        padding = " " * (BOUND - len(start or text) - len(end))
        full = (start or text) + padding + end
        assert len(full) == BOUND
        assert hops(parse_submission(full)) == MIXED
        for more in (full + " ", " " + full, full.encode() + b" "):
            with pytest.raises(TooLargeError):
                parse_submission(more)


def test_16_hops_are_read_and_17_are_too_large() -> None:
    assert len(parse_submission(json.dumps(TOKENS * 8)).hops) == 16
    for value in (TOKENS * 8 + TOKENS[:1], ["x"] * 1000, forge_presentation(TOKENS * 9, HOLDER)):
        with pytest.raises(TooLargeError):
            parse_submission(json.dumps(value))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "data:application/vp+jwt,x"},
        {"id": "data:text/plain,x"},
        {"name": "x"},
        {"proof": {}},
    ],
)
def test_envelope_with_something_unknown_is_an_unknown_term(change: dict[str, Any]) -> None:
    with pytest.raises(UnknownTermError):
        read_credential({**entry(TOKENS[0]), **change})


@pytest.mark.parametrize("context", [CONTEXT[0], CONTEXT[:1], CONTEXT])
def test_envelope_has_the_context_of_credentials_perhaps_with_ours(context: Any) -> None:
    assert read_credential({**entry(TOKENS[0]), "@context": context}).wire == TOKENS[0]


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": "application/vc+jwt,x"},
        {"id": "data:application/vc+jwt;x"},
        {"@context": None},
        {"@context": CONTEXT[::-1]},
        {"@context": [CONTEXT[1]]},
        {"@context": "https://www.w3.org/2018/credentials/v1"},
    ],
)
def test_envelope_of_another_form_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        read_credential({**entry(TOKENS[0]), **change})


def test_token_stands_enveloped_in_a_presentation_and_as_it_is_in_a_bare_chain() -> None:
    assert hops(parse_submission(json.dumps(forge_presentation(TOKENS, HOLDER)))) == TOKENS
    assert hops(parse_submission(json.dumps(TOKENS))) == TOKENS
    for number in (0, 1):
        bare = forge_presentation(
            TOKENS, HOLDER, edit=lambda made, n=number: made["verifiableCredential"].__setitem__(n, TOKENS[n])
        )
        with pytest.raises(MalformedError):
            parse_submission(json.dumps(bare))


@pytest.mark.parametrize("value", [None, 7, True, [], 1.5])
def test_entry_that_is_neither_object_nor_token_is_malformed(value: object) -> None:
    with pytest.raises(MalformedError):
        read_credential(value)


def test_enveloped_presentation_of_another_medium_is_unknown() -> None:
    value = {"@context": CONTEXT[0], "type": "EnvelopedVerifiablePresentation", "id": "data:application/vc+jwt,x"}
    with pytest.raises(UnknownTermError):
        parse_submission(json.dumps(value))


def test_compact_form_is_read_like_what_it_holds() -> None:
    from legation.domain.delegation.issuance import Format

    chain = honest_chain(2, [Format.JWT])
    assert parse_submission(chain.to_compact()) == parse_submission(chain.to_json())
    assert parse_submission(" " + chain.to_compact() + "\n") == parse_submission(chain.to_json())
