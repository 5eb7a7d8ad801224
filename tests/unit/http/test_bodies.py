"""Request bodies: which are read, and which are refused before anybody parses them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest

from legation.http.bodies import MAX_BODY_BYTES
from tests.support.nodes import AUTHORIZED, JSON, Answer, ask, build_world, serving

PATH = "/v1/verify"


def post(body: object, headers: Mapping[str, str] | None = None) -> Answer:
    return ask("POST", PATH, body=body, headers={**AUTHORIZED, **JSON, **(headers or {})})


def padded(size: int) -> bytes:
    """Return a body of exactly that size that says something."""
    body = json.dumps({"chain": ""}).encode()
    return body + b" " * (size - len(body))


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_body_of_the_largest_size_is_read_and_one_byte_more_is_refused() -> None:
    assert post(padded(MAX_BODY_BYTES)).status == 200
    answer = post(padded(MAX_BODY_BYTES + 1))
    assert (answer.status, answer.json["code"]) == (413, "too_large")


def test_body_in_chunks_is_bounded_alike() -> None:
    headers = {"Transfer-Encoding": "chunked"}
    assert post(chunked(padded(MAX_BODY_BYTES), 65536), headers).status == 200
    assert post(chunked(padded(MAX_BODY_BYTES + 1), 65536), headers).status == 413
    # and refused at the bound: nobody waits for the end of one that has none
    assert post(chunked(padded(MAX_BODY_BYTES + 1), 65536).removesuffix(b"0\r\n\r\n"), headers).status == 413


def test_body_that_says_it_is_large_is_refused_before_it_comes() -> None:
    async def run() -> Answer:
        async with serving(await build_world()) as client:
            fields = {**AUTHORIZED, **JSON, "Content-Length": str(10**12)}
            return await client.ask("POST", PATH, headers=fields)

    answer = asyncio.run(run())
    assert (answer.status, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "12, 13", "99999999999999999999999999"])
def test_length_that_is_no_length_is_refused(length: str) -> None:
    answer = ask("POST", PATH, headers={**AUTHORIZED, **JSON, "Content-Length": length})
    assert answer.status in (400, 413)


def test_body_that_breaks_its_framing_is_refused() -> None:
    answer = post(b"zz\r\nnot a chunk\r\n", {"Transfer-Encoding": "chunked"})
    assert (answer.status, answer.json["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"]
)
def test_body_of_another_media_type_is_refused(media: str) -> None:
    answer = post(b'{"chain": []}', {"Content-Type": media})
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_taken_however_it_is_spelled(media: str) -> None:
    assert post(b'{"chain": []}', {"Content-Type": media}).status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
def test_encoded_body_is_refused_and_not_decoded(encoding: str) -> None:
    answer = post(b"\x1f\x8b\x08\x00", {"Content-Encoding": encoding})
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b'{"chain": [], "chain": []}',
        b'{"chain": [{"a": 1, "a": 2}]}',
        b'{"chain": "\xff"}',
        b'{"chain": NaN}',
        b'{"chain": []} {}',
        b'\xef\xbb\xbf{"chain": []}',
        b'{"chain": null}',
        b'{"chain": 5}',
        b'{"chain": [], "holder": ""}',
        b'{"chain": [], "holder": 5}',
        b'{"chain": [], "request": []}',
        b'{"chain": [], "challenge": {}}',
        b'{"chain": ' + b"[" * 2000 + b"]" * 2000 + b"}",
        b'{"chain": [], "request": {"arguments": ' + b"[" * 50 + b"]" * 50 + b"}}",
    ],
)
def test_body_of_another_form_is_a_problem_with_a_code(body: bytes) -> None:
    answer = post(body)
    assert (answer.status, answer.json["code"]) == (400, "malformed")


def test_unknown_member_is_named() -> None:
    answer = post({"chain": [], "at": "2020-01-01T00:00:00Z"})
    assert (answer.status, answer.json["code"], answer.json["pointer"]) == (400, "unknown_term", "/at")


def test_problem_repeats_nothing_of_the_body() -> None:
    answer = post({"chain": 5, "holder": ["tell-nobody"], "tell-nobody-either": 1})
    assert b"tell-nobody" not in answer.body.replace(b"/tell-nobody-either", b"")


def test_chain_that_is_nested_too_deep_is_a_verdict() -> None:
    deep: object = []
    for _ in range(100):
        deep = [deep]
    answer = post({"chain": [{"credentialSubject": deep}]})
    assert (answer.status, answer.json["error"]["code"]) == (200, "malformed")
