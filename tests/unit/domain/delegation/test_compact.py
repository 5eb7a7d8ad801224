"""The compact form: byte for byte there and back, small, and bounded where it is read."""

from __future__ import annotations

import json
import tracemalloc
import zlib
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.domain.chain import Chain
from legation.domain.delegation.compact import PREFIX, compress, expand
from legation.domain.delegation.issuance import Format
from legation.domain.presentation import present
from legation.errors import LegationError, MalformedError, TooLargeError
from tests.support.chains import (
    AT,
    CHALLENGE,
    DOMAIN,
    EMBEDDED,
    REQUEST,
    TOKEN,
    base64url,
    forge_chain,
    forge_presentation_token,
    forge_token,
    honest_chain,
    judged,
    judged_presented,
    parties,
    unbase64url,
)

BOUND = 256 * 1024


def array(hops: int) -> str:
    return json.dumps(forge_chain(hops, forms=(TOKEN,)), separators=(",", ":"))


def taken_apart(compact: str) -> bytes:
    return unbase64url(compact.removeprefix(PREFIX))


@pytest.mark.parametrize("hops", [1, 2, 3, 8, 16])
def test_chain_comes_back_byte_for_byte(hops: int) -> None:
    text = array(hops)
    assert expand(compress(text)) == text.encode()


@pytest.mark.parametrize("hops", [1, 2, 8, 16])
def test_presentation_comes_back_byte_for_byte(hops: int) -> None:
    token = forge_presentation_token(forge_chain(hops, forms=(TOKEN,)), parties(hops)[hops])
    assert expand(compress(token)) == token.encode()


def test_mixed_presentation_comes_back_byte_for_byte() -> None:
    token = forge_presentation_token(forge_chain(4, forms=(TOKEN, EMBEDDED)), parties(4)[4])
    assert expand(compress(token)) == token.encode()


def test_p256_chain_comes_back_byte_for_byte() -> None:
    chain = honest_chain(3, [Format.JWT], p256={0, 1, 2, 3})
    assert expand(chain.to_compact()) == chain.to_json().encode()


def test_presentation_of_eight_hops_fits_a_header() -> None:
    chain = honest_chain(8, [Format.JWT])
    token = present(chain.hops, parties(8)[8], challenge=CHALLENGE, domain=DOMAIN, at=AT, form=Format.JWT)
    compact = compress(token)
    assert len(compact) <= 2600
    assert judged_presented(compact, request=REQUEST).accepted
    assert judged_presented(token, request=REQUEST).accepted


def test_compact_chain_is_judged_as_what_it_holds() -> None:
    text = array(3)
    assert judged(compress(text), holder=parties(3)[3].did).accepted
    assert judged(text, holder=parties(3)[3].did).accepted
    assert Chain.parse(compress(text)) == Chain.parse(text)


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_compressed_comes_back_byte_for_byte(name: str, value: str) -> None:
    signer = parties(1)[0]
    first = forge_token({name: value}, signer)
    second = forge_token(json.dumps({value: name, "m": 1}, ensure_ascii=False).encode("utf-8", "surrogatepass"), signer)
    text = json.dumps([first, second], separators=(",", ":"))
    try:
        compact = compress(text)
    except MalformedError:
        return
    assert expand(compact) == text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "a.b",
        "a.b.c.d",
        "{}",
        '["a.b"]',
        "[1]",
        '[["a.b.c"]]',
        "null",
        '"a.b.c"',
        json.dumps(["e30.e30.AAAA"]),
        json.dumps(forge_chain(17, forms=(TOKEN,)), separators=(",", ":")),
        json.dumps(forge_chain(1, forms=(TOKEN,))).replace("[", "[ "),
        json.dumps(forge_chain(1)),
        forge_token({"verifiableCredential": []}, parties(1)[0]),
        forge_token({"verifiableCredential": ["data:application/vc+jwt,nothing"]}, parties(1)[0]),
        forge_token(b'{"a":\n1}', parties(1)[0]),
        json.dumps([forge_token(b'{"a":"\0"}', parties(1)[0])]),
        forge_token(b'{"a":"\0"}', parties(1)[0]),
        str(forge_chain(1, forms=(TOKEN,))[0]) + "=",
    ],
)
def test_what_could_not_come_back_is_not_compressed(text: str) -> None:
    with pytest.raises(LegationError) as refused:
        compress(text)
    assert refused.value.code == "malformed"


def test_chain_with_an_embedded_hop_has_no_compact_form() -> None:
    with pytest.raises(MalformedError):
        honest_chain(2).to_compact()
    assert honest_chain(2, [Format.JWT]).to_compact().startswith(PREFIX)


@pytest.mark.parametrize("cut", [1, 2, 5, 60, 64, 65, 129, 200])
def test_truncated_compact_form_is_malformed(cut: int) -> None:
    data = taken_apart(compress(array(2)))
    for shorter in (data[:-cut], data[:cut], data[cut:]):
        with pytest.raises(MalformedError):
            expand(PREFIX + base64url(shorter))


def test_every_shorter_compact_form_is_refused() -> None:
    data = taken_apart(compress(array(2)))
    for end in range(len(data)):
        with pytest.raises(LegationError):
            expand(PREFIX + base64url(data[:end]))
    assert expand(PREFIX + base64url(data)) == array(2).encode()


def test_compact_form_with_something_behind_it_is_malformed() -> None:
    data = taken_apart(compress(array(2)))
    for more in (b"\0", b"x" * 100):
        with pytest.raises(MalformedError):
            expand(PREFIX + base64url(data + more))


@pytest.mark.parametrize("shape", [0, 1, 3, 16, 17, 0x7F, 0x80, 0x82, 0xFF])
def test_compact_form_of_another_shape_is_malformed(shape: int) -> None:
    data = taken_apart(compress(array(2)))
    assert data[0] == 2
    with pytest.raises(MalformedError):
        expand(PREFIX + base64url(bytes([shape]) + data[1:]))


@pytest.mark.parametrize(
    "text", ["", PREFIX, "lgc2.AQ", "LGC1.AQ", PREFIX + "AQ==", PREFIX + "A", PREFIX + "\u00e9", PREFIX + "A Q"]
)
def test_text_that_is_no_compact_form_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        expand(text)


def raw_deflate(body: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(body) + deflater.flush()


def compact_of(count: int, body: bytes) -> str:
    total = (count & 0x7F) + (count >> 7)
    return PREFIX + base64url(bytes([count]) + b"s" * 64 * total + raw_deflate(body))


def test_bomb_is_refused_as_too_large() -> None:
    small = compact_of(1, b"{}\n{" + b" " * 1000 + b"}")
    assert json.loads(expand(small))
    for size in (BOUND, 50_000_000):
        with pytest.raises(TooLargeError):
            expand(compact_of(1, b"{}\n" + b" " * size))


def test_bomb_is_not_inflated_beyond_the_bound() -> None:
    bomb = compact_of(1, b"{}\n" + b" " * 100_000_000)
    assert len(bomb) < BOUND
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        expand(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * BOUND


def test_bomb_of_digests_is_refused_as_too_large() -> None:
    gaps = b"{}\n{}\n{}\n"
    assert expand(compact_of(2, gaps + b"\0" * 10))
    with pytest.raises(TooLargeError):
        expand(compact_of(2, gaps + b"\0" * 200_000))


def test_bomb_of_tokens_is_refused_as_too_large() -> None:
    hops = b"\n".join([b"{}", b"x" * 40_000] * 6)
    framed = b"\n{}\n" + b"\0" * 6
    with pytest.raises(TooLargeError):
        expand(compact_of(0x86, hops + framed))
    assert expand(compact_of(0x81, b"{}\n{}\n{}\n\0"))
    with pytest.raises(LegationError):
        judged(compact_of(6, hops))


def test_presentation_with_another_number_of_gaps_is_malformed() -> None:
    for gaps in (b"", b"\0\0"):
        with pytest.raises(MalformedError):
            expand(compact_of(0x81, b"{}\n{}\n{}\n" + gaps))


def test_stream_that_does_not_inflate_is_malformed() -> None:
    with pytest.raises(MalformedError):
        expand(PREFIX + urlsafe_b64encode(b"\1" + b"s" * 64 + b"\xff\xff\xff\xff").rstrip(b"=").decode())
