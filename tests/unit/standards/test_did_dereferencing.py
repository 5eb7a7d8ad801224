"""DID URLs, and what they name within a document."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import MalformedError
from legation.standards.did.dereferencing import (
    DIDURL,
    expand_relative_urls,
    find_endpoints,
    find_resource,
    is_relative_reference,
    parse_did_url,
    parse_parameters,
    select_services,
)

DID = "did:example:123456789abcdefghi"
KEY = {"id": f"{DID}#keys-1", "type": "Multikey", "controller": DID, "publicKeyMultibase": "z6Mk"}
MESSAGES = {"id": "#messages", "type": "DIDCommMessaging", "serviceEndpoint": "https://example.com/messages/8377464"}
LINKED = {"id": f"{DID}#linked", "type": ["A", "LinkedDomains"], "serviceEndpoint": {"origins": ["https://a.example"]}}
MANY = {
    "id": "#many",
    "type": "A",
    "serviceEndpoint": ["https://a.example/x/y", {"uri": "https://no.example"}, "didcomm:z", "http://b.example:80"],
}
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/did/v1"],
    "id": DID,
    "verificationMethod": [KEY],
    "authentication": [KEY["id"], {"id": "#embedded", "type": "Multikey", "controller": DID}],
    "assertionMethod": ["#keys-1"],
    "service": [MESSAGES, LINKED, MANY],
}


# ------------------------------------------------------------------ DID URLs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (DID, DIDURL(DID)),
        (f"{DID}#keys-1", DIDURL(DID, fragment="keys-1")),
        (f"{DID}#", DIDURL(DID, fragment="")),
        (f"{DID}/a/b", DIDURL(DID, "/a/b")),
        (f"{DID}?versionId=1", DIDURL(DID, parameters={"versionId": "1"})),
        (
            f"{DID}?service=files&relativeRef=%2Fmyresume%2Fdoc%3Fversion%3Dlatest#intro",
            DIDURL(
                DID, parameters={"service": "files", "relativeRef": "/myresume/doc?version=latest"}, fragment="intro"
            ),
        ),
        (f"{DID}/a?b#c", DIDURL(DID, "/a", {"b": ""}, "c")),
        # a plus is a plus, and nothing is decoded twice
        (f"{DID}?a=1+1&b=%252F", DIDURL(DID, parameters={"a": "1+1", "b": "%2F"})),
        ("did:web:localhost%3A80#x", DIDURL("did:web:localhost%3A80", fragment="x")),
    ],
)
def test_did_url_is_taken_apart(text: str, found: DIDURL) -> None:
    assert parse_did_url(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "did:",
        "did:example",
        "example:a",
        "did:example:a b",
        f"{DID}#a#b",
        f"{DID}#a b",
        f"{DID}?a=%zz",
        f"{DID}?a=1&a=2",
        f"{DID}?a=1&%61=2",
        f"{DID}?a=%C3%A4",
        f"{DID}/ä",
        f"{DID}?" + "&".join(f"p{number}=1" for number in range(17)),
        f"{DID}/" + "a" * 5000,
    ],
)
def test_what_is_no_did_url_or_says_a_thing_twice_is_refused(text: str) -> None:
    with pytest.raises(MalformedError) as refusal:
        parse_did_url(text)
    assert refusal.value.code == "invalid_did_url"


def test_parameters_of_a_query_are_refused_by_the_code_that_is_wanted() -> None:
    assert parse_parameters("a=1&b", code="x") == {"a": "1", "b": ""}
    with pytest.raises(MalformedError) as refusal:
        parse_parameters("a=1&a=1", code="invalid_options")
    assert refusal.value.code == "invalid_options"


@pytest.mark.parametrize("text", ["", "/a/b?c#d", "a", "./a:b", "?x", "#y", "../..", "/a%20b"])
def test_relative_reference_stays_at_its_host(text: str) -> None:
    assert is_relative_reference(text)


@pytest.mark.parametrize(
    "text", ["//evil.example", "https://evil.example", "a:b", "a b", "\\\\evil", "%zz", "a\n", "a" * 3000]
)
def test_reference_that_leads_elsewhere_or_is_none_is_refused(text: str) -> None:
    assert not is_relative_reference(text)


@given(st.text(max_size=60))
def test_any_text_is_a_did_url_or_refused(text: str) -> None:
    try:
        found = parse_did_url("did:example:a" + text)
    except MalformedError:
        return
    assert found.did.startswith("did:example:a")


# ------------------------------------------------------------------ fragments


@pytest.mark.parametrize(
    ("fragment", "found"),
    [("keys-1", KEY), ("embedded", DOCUMENT["authentication"][1]), ("messages", MESSAGES), ("linked", LINKED)],
)
def test_fragment_names_a_method_or_a_service_in_the_documents_context(fragment: str, found: dict[str, Any]) -> None:
    assert find_resource(DOCUMENT, fragment) == {"@context": DOCUMENT["@context"], **found}


@pytest.mark.parametrize("fragment", ["", "keys-2", "Keys-1", "#keys-1"])
def test_fragment_of_nothing_names_nothing(fragment: str) -> None:
    assert find_resource(DOCUMENT, fragment) is None


def test_fragment_of_two_things_names_nothing() -> None:
    assert find_resource({**DOCUMENT, "service": [MESSAGES, {**MESSAGES, "type": "Other"}]}, "messages") is None


def test_method_is_found_under_the_relationships_that_list_it_alone() -> None:
    assert find_resource(DOCUMENT, "keys-1", relationship="assertionMethod") is not None
    assert find_resource(DOCUMENT, "embedded", relationship="authentication") is not None
    assert find_resource(DOCUMENT, "keys-1", relationship="keyAgreement") is None
    assert find_resource(DOCUMENT, "embedded", relationship="assertionMethod") is None
    # a service is no verification method, whatever lists it
    assert find_resource(DOCUMENT, "messages", relationship="service") is None


# ------------------------------------------------------------------ services


def test_services_are_selected_by_id_and_by_type() -> None:
    for name in ("messages", "#messages", f"{DID}#messages"):
        assert select_services(DOCUMENT, service=name, kind=None) == [MESSAGES]
    assert select_services(DOCUMENT, service=None, kind="A") == [LINKED, MANY]
    assert select_services(DOCUMENT, service="many", kind="A") == [MANY]
    assert select_services(DOCUMENT, service="many", kind="B") == []
    assert select_services(DOCUMENT, service="did:example:other#many", kind=None) == []
    assert select_services({"id": DID}, service="many", kind=None) == []
    assert select_services({"id": DID, "service": "x"}, service="many", kind=None) == []


@pytest.mark.parametrize(
    ("reference", "fragment", "url"),
    [
        (None, None, "https://example.com/messages/8377464"),
        (None, "frag", "https://example.com/messages/8377464#frag"),
        # RFC 3986 §5.2: not what the example of §5.5.2 shows, but what the algorithm of §5.4.1 says
        ("/some/path?query", "frag", "https://example.com/some/path?query#frag"),
        ("some/path", None, "https://example.com/messages/some/path"),
        ("../x", None, "https://example.com/x"),
        ("?q", None, "https://example.com/messages/8377464?q"),
    ],
)
def test_endpoint_is_joined_with_reference_and_fragment(reference: str | None, fragment: str | None, url: str) -> None:
    assert find_endpoints([MESSAGES], relative_ref=reference, fragment=fragment) == [url]


def test_endpoints_that_are_no_web_url_are_skipped() -> None:
    assert find_endpoints([MANY, LINKED], relative_ref="z", fragment=None) == [
        "https://a.example/x/z",
        "http://b.example:80/z",
    ]
    hostile = [
        "javascript:alert(1)",
        "https://a\r\nSet-Cookie: b",
        "https://[::1",
        "https://a b",
        "//x",
        "https://u@h/",
        7,
    ]
    assert find_endpoints([{"serviceEndpoint": hostile}], relative_ref=None, fragment=None) == []


def test_two_fragments_are_refused() -> None:
    with pytest.raises(MalformedError) as refusal:
        find_endpoints([MESSAGES], relative_ref="#one", fragment="two")
    assert refusal.value.code == "invalid_did_url"


# ------------------------------------------------------------------ expansion


def test_relative_urls_become_absolute_and_nothing_else_changes() -> None:
    expanded = expand_relative_urls(DOCUMENT)
    assert expanded["assertionMethod"] == [f"{DID}#keys-1"]
    assert expanded["authentication"] == [f"{DID}#keys-1", {**DOCUMENT["authentication"][1], "id": f"{DID}#embedded"}]
    assert expanded["service"] == [{**MESSAGES, "id": f"{DID}#messages"}, LINKED, {**MANY, "id": f"{DID}#many"}]
    assert {name: expanded[name] for name in ("@context", "id", "verificationMethod")} == {
        name: DOCUMENT[name] for name in ("@context", "id", "verificationMethod")
    }
    assert DOCUMENT["assertionMethod"] == ["#keys-1"]
    # only references of relationships are URLs
    assert expand_relative_urls({"id": DID, "alsoKnownAs": ["#x"]})["alsoKnownAs"] == ["#x"]
