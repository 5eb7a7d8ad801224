"""Locations: every form that design page §3 calls malformed, the normal form, and which location covers which."""

from __future__ import annotations

import pytest

from legation.domain.delegation.location import parse_location, parse_origin
from legation.errors import MalformedError


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://a.example", "https://a.example/"),
        ("HTTPS://A.Example", "https://a.example/"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example:80/x", "http://a.example/x"),
        ("http://a.example:443/x", "http://a.example:443/x"),
        ("https://a.example:80/x", "https://a.example:80/x"),
        ("https://a.example:65535/", "https://a.example:65535/"),
        ("https://a.example/mail/", "https://a.example/mail/"),
        ("https://a.example/A/b.c/~d/-_", "https://a.example/A/b.c/~d/-_"),
        ("https://a.example/a!$&'()*+,=:@b", "https://a.example/a!$&'()*+,=:@b"),
        ("https://a.example/caf%C3%A9", "https://a.example/caf%C3%A9"),
        ("https://a.example/a%20b%3Fc%23", "https://a.example/a%20b%3Fc%23"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://localhost:8080/", "https://localhost:8080/"),
        ("https://127.0.0.1/", "https://127.0.0.1/"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]/"),
        ("https://1.a/", "https://1.a/"),
        ("https://a.1b/", "https://a.1b/"),
    ],
)
def test_location_is_read_in_normal_form(written: str, normal: str) -> None:
    assert str(parse_location(written)) == normal


@pytest.mark.parametrize(
    "text",
    [
        # scheme
        "ftp://a.example/",
        "//a.example/",
        "a.example",
        "/mail",
        "",
        "https:a.example",
        "https:/a.example",
        "https:///x",
        "https://",
        " https://a.example/",
        "https://a.example/\n",
        # user info, query, fragment
        "https://ana@a.example/",
        "https://ana:pw@a.example/",
        "https://@a.example/",
        "https://a.example/?x=1",
        "https://a.example/?",
        "https://a.example?x",
        "https://a.example/#x",
        "https://a.example/#",
        # dot segments and empty ones
        "https://a.example/.",
        "https://a.example/..",
        "https://a.example/x/../y",
        "https://a.example/x/./y",
        "https://a.example//",
        "https://a.example//x",
        "https://a.example/x//y",
        "https://a.example/x//",
        # what must not stand in a path
        "https://a.example/x;y",
        "https://a.example/x;",
        "https://a.example/x\\y",
        "https://a.example\\x",
        "https://a.example/a b",
        "https://a.example/a|b",
        'https://a.example/a"b',
        "https://a.example/<a>",
        "https://a.example/{a}",
        "https://a.example/a^b",
        "https://a.example/[a]",
        "https://a.example/a`b",
        "https://a.example/\x00",
        "https://a.example/caf\u00e9",
        "https://a.example/a\u2215b",
        "https://\u0430.example/",
        # encodings
        "https://a.example/a%2Fb",
        "https://a.example/a%5Cb",
        "https://a.example/a%3Bb",
        "https://a.example/a%25b",
        "https://a.example/a%00",
        "https://a.example/a%0A",
        "https://a.example/a%1F",
        "https://a.example/a%7F",
        "https://a.example/a%c3%a9",
        "https://a.example/%41",
        "https://a.example/%7E",
        "https://a.example/%2E%2E/x",
        "https://a.example/%252e",
        "https://a.example/%",
        "https://a.example/%4",
        "https://a.example/%GG",
        # ports
        "https://a.example:/",
        "https://a.example:0/",
        "https://a.example:0443/",
        "https://a.example:65536/",
        "https://a.example:99999/",
        "https://a.example:123456/",
        "https://a.example:-1/",
        "https://a.example:x/",
        # hosts
        "https://a_b.example/",
        "https://-a.example/",
        "https://a-.example/",
        "https://a..example/",
        "https://.example/",
        "https://a.example./",
        "https://a%2eexample/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 127}aa/",
        "https://a.example.1/",
        "https://a.0x1f/",
        "https://a.0xyz/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
        "https://127.0.0.256/",
        "https://127.0.0.01/",
        "https://0x7f.0.0.1/",
        "https://1.2.3.4.5/",
        "https://[::1/",
        "https://::1/",
        "https://[::01]/",
        "https://[1::2::3]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[::ffff:1.2.3.4]/",
        "https://[::ffff:102:304]/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.a]/",
        "https://[]/",
        # no string, and more than one can want
        None,
        7,
        b"https://a.example/",
        ["https://a.example/"],
        "https://a.example/" + "a" * 2100,
    ],
)
def test_malformed_location_is_refused(text: object) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_location(text, "/here")
    assert refused.value.pointer == "/here"


def test_location_of_2048_characters_is_read() -> None:
    text = "https://a.example/" + "a" * (2048 - 18)
    assert str(parse_location(text)) == text


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("https://a.example", "https://a.example"),
        ("https://a.example", "https://a.example/anything/at/all"),
        ("https://a.example/mail", "https://a.example/mail"),
        ("https://a.example/mail/", "https://a.example/mail/"),
        ("https://a.example/mail/", "https://a.example/mail/x"),
        ("https://a.example/mail/", "https://a.example/mail/x/"),
        ("HTTPS://A.EXAMPLE:443/mail/", "https://a.example/mail/x"),
        ("https://a.example:8443/", "https://a.example:8443/x"),
    ],
)
def test_location_covers(outer: str, inner: str) -> None:
    assert parse_location(outer).covers(parse_location(inner))


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("https://a.example/mail", "https://a.example/mailbox"),
        ("https://a.example/mail", "https://a.example/mail/"),
        ("https://a.example/mail", "https://a.example/mail/x"),
        ("https://a.example/mail/", "https://a.example/mail"),
        ("https://a.example/mail/", "https://a.example/Mail/x"),
        ("https://a.example/mail/x", "https://a.example/mail/"),
        ("https://a.example/", "http://a.example/"),
        ("https://a.example/", "https://b.example/"),
        ("https://a.example/", "https://www.a.example/"),
        ("https://a.example/", "https://a.example.evil.example/"),
        ("https://a.example/", "https://a.example:8443/"),
        ("https://a.example:8443/", "https://a.example/"),
    ],
)
def test_location_does_not_cover(outer: str, inner: str) -> None:
    assert not parse_location(outer).covers(parse_location(inner))


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://a.example", "https://a.example"),
        ("HTTPS://A.example:443", "https://a.example"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_origin_is_read_in_normal_form(written: str, normal: str) -> None:
    assert parse_origin(written) == normal


@pytest.mark.parametrize(
    "text", ["https://a.example/", "https://a.example/x", "a.example", "", None, "ftp://a.example"]
)
def test_what_is_no_origin_is_refused(text: object) -> None:
    with pytest.raises(MalformedError):
        parse_origin(text)
