"""Where the files of a did:webvh stand."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from legation.errors import MalformedError, ResolutionError
from legation.standards.did.methods import HostedMethod, find_method_of
from legation.standards.did.webvh.urls import build_did_webvh, did_webvh_url, did_webvh_urls, parse_did_webvh

SCID = "Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg"
PLACES = {
    "example.com": "https://example.com/.well-known/",
    "issuer.example.com": "https://issuer.example.com/.well-known/",
    "example.com:dids:issuer": "https://example.com/dids/issuer/",
    "example.com%3A3000:dids:issuer": "https://example.com:3000/dids/issuer/",
    "example.com%3A3000": "https://example.com:3000/.well-known/",
    "EXAMPLE.com": "https://example.com/.well-known/",
    "localhost%3A8080:agents": "https://localhost:8080/agents/",
    f"example.com:{SCID}": f"https://example.com/{SCID}/",
    # the specification's international example, in the characters that a DID has
    f"jp{quote('納豆')}.{quote('例')}.jp:{quote('用户')}": ("https://xn--jp-cd2fp15c.xn--fsq.jp/%E7%94%A8%E6%88%B7/"),
    f"{quote('Bücher')}.example": "https://xn--bcher-kva.example/.well-known/",
    "xn--bcher-kva.example": "https://xn--bcher-kva.example/.well-known/",
}


@pytest.mark.parametrize(("place", "folder"), PLACES.items())
def test_log_and_witness_proofs_stand_in_one_folder(place: str, folder: str) -> None:
    did = f"did:webvh:{SCID}:{place}"
    assert did_webvh_urls(did) == (folder + "did.jsonl", folder + "did-witness.json")
    method = find_method_of(did)
    assert isinstance(method, HostedMethod)
    assert method.locate(did) == did_webvh_url(did) == folder + "did.jsonl"


def test_place_has_the_scid_and_the_base_of_other_files() -> None:
    place = parse_did_webvh(f"did:webvh:{SCID}:example.com%3A3000")
    assert (place.scid, place.web, place.base) == (SCID, "did:web:example.com%3A3000", "https://example.com:3000/")
    assert parse_did_webvh(f"did:webvh:{SCID}:example.com:a").base == "https://example.com/a/"


@pytest.mark.parametrize(
    "did",
    [
        "did:web:example.com",
        "did:webvh:example.com",
        f"did:webvh:{SCID}",
        f"did:webvh:{SCID}:",
        f"did:webvh:{SCID[:-1]}:example.com",
        f"did:webvh:{SCID[:-1]}0:example.com",
        "did:webvh:{SCID}:example.com",
        f"did:webvh:{SCID}:com",
        f"did:webvh:{SCID}:.com",
        f"did:webvh:{SCID}:-a.example",
        f"did:webvh:{SCID}:example.com#key",
        f"did:webvh:{SCID}:{quote('納豆')}.jp",  # the twin of what is next
    ],
)
def test_what_is_no_did_webvh_is_refused(did: str) -> None:
    if quote("納豆") in did:
        assert did_webvh_url(did)
        return
    with pytest.raises(ResolutionError):
        did_webvh_url(did)


@pytest.mark.parametrize(
    "name", ["straße", "βόλος", "☃", "\uff41b", "a\u200db", "a\u3002b", "a\uff0fb", "\u0378", "a\u00adb\u2024c"]
)
def test_international_name_that_resolvers_read_differently_is_refused(name: str) -> None:
    with pytest.raises(ResolutionError):
        did_webvh_url(f"did:webvh:{SCID}:{quote(name)}.example")


def test_did_is_built_with_a_placeholder_for_its_scid() -> None:
    assert (
        build_did_webvh("https://acme.example", "agents", "planner") == "did:webvh:{SCID}:acme.example:agents:planner"
    )
    assert build_did_webvh("https://acme.example:8443") == "did:webvh:{SCID}:acme.example%3A8443"
    assert build_did_webvh("http://localhost:8080", "a") == "did:webvh:{SCID}:localhost%3A8080:a"


@pytest.mark.parametrize(
    "origin", ["https://acme", "http://acme.example", "https://127.0.0.1", "https://acme.example/a"]
)
def test_origin_without_a_did_webvh_is_refused(origin: str) -> None:
    with pytest.raises(MalformedError):
        build_did_webvh(origin)
