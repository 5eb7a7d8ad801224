"""Principals: a DID, or ``issuer#subject`` with the subject percent-encoded."""

from __future__ import annotations

import pytest

from legation.domain.principal import parse_principal
from legation.errors import MalformedError


@pytest.mark.parametrize(
    "text",
    [
        "did:web:acme.example",
        "did:key:z6MkPlanner",
        "https://idp.acme.example#ana",
        "https://idp.acme.example/realms/x#ana%40acme.example",
        "https://idp.acme.example#" + "a" * 300,
    ],
)
def test_principal_is_read_as_received(text: str) -> None:
    assert parse_principal(text) == text


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ana",
        "https://idp.acme.example",
        "https://idp.acme.example#",
        "#ana",
        "https://idp.acme.example#ana#bob",
        "https://idp.acme.example#an\u00e9",
        "https://idp.acme.example#a b",
        "https://idp.acme.example#a[1]",
        "https://idp.acme.example#%",
        "did:web:",
        None,
        7,
        ["did:web:acme.example"],
    ],
)
def test_what_is_no_principal_is_refused(value: object) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_principal(value, "/here")
    assert refused.value.pointer == "/here"
