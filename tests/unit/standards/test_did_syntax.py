"""DIDs and the DID URLs of verification methods."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import MalformedError
from legation.standards.did.syntax import MAX_CHARS, is_did, split_did_url

GOOD = [
    "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
    "did:web:localhost%3A8080:agents:planner",
    "did:example::a",
    "did:example:a::b",
    "did:example:%e2%82%ac",
    "did:3:kj.x-_1",
    "did:example:" + "a" * (MAX_CHARS - 12),
]
BAD = [
    "",
    "did",
    "did:",
    "did:example",
    "did:example:",
    "did:example:a:",
    "did::a",
    "DID:example:a",
    "did:Example:a",
    "did:ex-ample:a",
    "did:example:a b",
    "did:example:a\n",
    "did:example:a%",
    "did:example:a%2",
    "did:example:a%gg",
    "did:example:a/path",
    "did:example:a?query",
    "did:example:a#fragment",
    "did:example:ä",
    "did:example:٣",
    "did:example:~",
    " did:example:a",
    "did:example:" + "a" * (MAX_CHARS - 11),
    None,
    7,
    b"did:example:a",
    ["did:example:a"],
]


@pytest.mark.parametrize("text", GOOD)
def test_did_of_the_abnf_is_one(text: str) -> None:
    assert is_did(text)


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_of_the_abnf_is_no_did(text: object) -> None:
    assert not is_did(text)


def test_did_url_splits_into_did_and_fragment() -> None:
    assert split_did_url("did:example:a#key-1") == ("did:example:a", "key-1")
    assert split_did_url("did:jwk:e30#0") == ("did:jwk:e30", "0")
    assert split_did_url("did:example:a#a/b?c=%20~") == ("did:example:a", "a/b?c=%20~")


@pytest.mark.parametrize(
    "text",
    [
        "did:example:a",
        "did:example:a#",
        "#key-1",
        "did:example:a/p#key-1",
        "did:example:a?q#key-1",
        "did:example:a:#key-1",
        "did:example:a#k#k",
        "did:example:a#k k",
        "did:example:a#k%2",
        "did:example:a#ä",
        "did:example:a#" + "k" * 1025,
        "did:example:" + "a" * 4000 + "#k",
        "https://acme.example/#key-1",
        None,
        3,
        {},
    ],
)
def test_what_names_no_verification_method_is_malformed(text: object) -> None:
    with pytest.raises(MalformedError):
        split_did_url(text)


@given(st.text(max_size=60).map(lambda text: "did:example:" + text))
def test_a_did_is_never_a_did_url_and_only_with_a_fragment_does_it_become_one(text: str) -> None:
    with pytest.raises(MalformedError):
        split_did_url(text.partition("#")[0])
    if is_did(text):
        assert split_did_url(text + "#x") == (text, "x")


@given(st.one_of(st.text(), st.binary(), st.integers(), st.none(), st.lists(st.text())))
def test_anything_is_judged_without_another_error(value: object) -> None:
    is_did(value)
    try:
        did, fragment = split_did_url(value)
    except MalformedError:
        return
    assert is_did(did)
    assert fragment
