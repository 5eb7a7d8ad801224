"""URLs in normal form (RFC 3986 §6.2.2, §6.2.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import MalformedError
from legation.standards.uri import normalize_url


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://node.example", "https://node.example/"),
        ("https://node.example/", "https://node.example/"),
        ("HTTPS://Node.Example:443/v1/agents", "https://node.example/v1/agents"),
        ("http://localhost:80/", "http://localhost/"),
        ("http://localhost:8080/", "http://localhost:8080/"),
        ("https://node.example:/x", "https://node.example/x"),
        ("https://node.example:80/", "https://node.example:80/"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]/"),
        # RFC 3986 §6.2.2: the same three ways
        ("https://node.example/%7euser/%6A%2e", "https://node.example/~user/j."),
        ("https://node.example/a%2fb%3a", "https://node.example/a%2Fb%3A"),
        ("https://node.example/a/./b/../c/%2E%2e/d", "https://node.example/a/d"),
        ("https://node.example/../a/..", "https://node.example/"),
        ("https://node.example/a/.", "https://node.example/a/"),
        ("https://node.example//a", "https://node.example//a"),
    ],
)
def test_url_has_one_normal_form(text: str, normal: str) -> None:
    assert normalize_url(text) == normal
    assert normalize_url(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/v1/agents",
        "ftp://node.example/",
        "https://",
        "https://ana@node.example/",
        "https://node.example/?q",
        "https://node.example/#f",
        "https://node.example/a b",
        "https://node.example/%",
        "https://node.example/%zz",
        "https://node.example:0443/",
        "https://node.example:99999999/",
        "https://node.example\\@evil.example/",
        "https://node.exämple/",
        "https://node.example/\n",
        "https://node.example/ſ",
        "https://node.example/" + "a" * 4096,
    ],
)
def test_what_is_no_plain_url_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        normalize_url(text)


@given(st.text(alphabet="/.%2eEaA:~", max_size=30))
def test_normal_form_is_stable(path: str) -> None:
    try:
        normal = normalize_url("https://node.example/" + path)
    except MalformedError:
        return
    assert normalize_url(normal) == normal
