"""w3c/did-resolution-test-suite, w3c-ccg/did-resolution-mocha-test-suite and w3c-ccg/did-key-test-suite.

The suites ask as nobody in particular, for DIDs that an implementation names: here one of each method that this node
resolves without asking another host.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from legation.crypto.keys import KeyType
from tests.support.nodes import Answer
from tests.support.suites import Endpoints, stranger

RESULT, DEREFERENCED = "application/did-resolution", "application/did-url-dereferencing"
# a browser's fetch
ANYTHING = "*/*"
NON_ASCII = ["🔥💥🚫", "Привет", "こんにちは", "مرحبا", "foo\u200bbar"]
ERROR = "https://www.w3.org/ns/did#"
KINDS = ["key", "key-p256", "key-p384", "web", "webvh"]
# what the method's vectors resolve to, in all the forms that a did:key has
KEYS = {
    "Ed25519": "z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH",
    "P-256": "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
    "P-384": "z82Lkytz3HqpWiBmt2853ZgNgNG8qVoUJnyoMvGw6ZEBktGcwUVdKpUNJHct1wvp9pXjr7Y",
    "secp256k1": "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
    "BLS12-381 G2": (
        "zUC7DWA2FazpvPXmiXeTWuLjdMGXXmmWXbwoKNo554L3E4PD5ZsoZPqzCvkFkkQGvWp6uLZ3PKQJMfXYzLGNoiMyqXYSQa19cvWTiH3QpzddfRV"
        "WW6FtFMWTcvUb7wg4o9khbDt"
    ),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def did_of(node: Endpoints, kind: str) -> str:
    if kind == "key":
        return stranger().did
    if kind.startswith("key-"):
        return node.dids[kind.removeprefix("key-")]
    return node.dids[{"web": "hosted", "webvh": "logged"}[kind]]


def check_result(answer: Answer, did: str) -> Any:
    """Check what the suite's checkSuccessfulResolutionResult does, and return the result."""
    assert answer.status == 200, answer.body
    result = answer.json
    assert {type(result[name]) for name in ("didResolutionMetadata", "didDocument", "didDocumentMetadata")} == {dict}
    assert result["didDocument"]["id"] == did
    return result


def check_error(answer: Answer, status: int, kind: str) -> None:
    """Check what the suite's checkErrorResolutionResult does."""
    assert answer.status == status, answer.body
    result = answer.json
    assert result["didResolutionMetadata"]["error"]["type"] == ERROR + kind
    assert result["didDocument"] is None
    assert isinstance(result["didDocumentMetadata"], dict)


@kinds
class TestResolution:
    """4-did-resolution.js and the part of 10-bindings.js about DIDs."""

    @pytest.mark.parametrize("accept", [ANYTHING, RESULT])
    def test_valid_did_is_resolved_with_a_conformant_result(self, node: Endpoints, kind: str, accept: str) -> None:
        did = did_of(node, kind)
        answer = node.resolve(did, accept)
        result = check_result(answer, did)
        assert answer.headers["content-type"].partition(";")[0] == RESULT
        assert result["didResolutionMetadata"]["contentType"] == "application/did"
        assert "error" not in result["didResolutionMetadata"]

    def test_encoded_did_is_resolved_alike(self, node: Endpoints, kind: str) -> None:
        did = did_of(node, kind)
        check_result(node.resolve(quote(did, safe="")), did)

    @pytest.mark.parametrize(
        "accept", ["application/did", "application/did+json", "application/did+ld+json", "application/json"]
    )
    def test_document_alone_is_given_to_whom_asks_for_it(self, node: Endpoints, kind: str, accept: str) -> None:
        did = did_of(node, kind)
        answer = node.resolve(did, accept)
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, accept)
        assert answer.json["id"] == did
        assert "didResolutionMetadata" not in answer.json

    def test_other_representations_are_not_supported(self, node: Endpoints, kind: str) -> None:
        assert node.resolve(did_of(node, kind), "application/x-unsupported-did-representation-99999").status == 406

    @pytest.mark.parametrize(
        "name", ["accept", "service", "serviceType", "relativeRef", "versionId", "versionTime", "hl"]
    )
    def test_option_that_is_not_ascii_is_refused(self, node: Endpoints, kind: str, name: str) -> None:
        for text in NON_ASCII:
            answer = node.resolve(did_of(node, kind), ANYTHING, **{name: text})
            assert answer.status == 400, answer.body

    def test_service_that_is_not_there_is_no_error(self, node: Endpoints, kind: str) -> None:
        did = did_of(node, kind)
        for options in ({"service": "linkedDomain"}, {"service": "LinkedDomain"}, {"relativeRef": "my%20path/file"}):
            assert node.resolve(did, ANYTHING, **options).status == 200

    def test_relative_reference_is_percent_encoded(self, node: Endpoints, kind: str) -> None:
        # the suite, which says of this test that it is yet to be made, would have "?" and "#" refused too: they are
        # parts of a relative reference, and DID Resolution §3 has an example with both
        did = did_of(node, kind)
        assert node.resolve(did, ANYTHING, relativeRef="my path/file").status == 400
        for text in ("my%20path/file", "/some/path?query", "file#section"):
            assert node.resolve(did, ANYTHING, relativeRef=text).status == 200

    @pytest.mark.parametrize(
        "text",
        [
            "2025-10-07 12:30:45",
            "2025/10/07T12:30:45",
            "2025-13-07T12:30:45",
            "2025-10-32T12:30:45",
            "2025-10-07T25:00:00",
            "2025-10-07T12:30:60",
            "2025-10-07T12:30:45+24:00",
            "2025-10-07",
            "2025-10-07T12:30:45abc",
            "T12:30:45",
            "2025-10-07T00:00:00+02:00",
            "2025-10-07T00:00:00-05:00",
            "2025-10-07T00:00:00",
            "2025-10-07T00:00:00.123Z",
            "2025-10-07T00:00:00.999+01:00",
        ],
    )
    def test_version_time_is_in_utc_and_in_whole_seconds(self, node: Endpoints, kind: str, text: str) -> None:
        assert node.resolve(did_of(node, kind), ANYTHING, versionTime=text).status == 400


class TestVersions:
    """3-did-parameters.js: a version as of a moment."""

    @pytest.mark.parametrize("kind", ["key", "key-p256", "key-p384"])
    def test_did_that_says_it_all_itself_stood_so_at_any_time(self, node: Endpoints, kind: str) -> None:
        did = did_of(node, kind)
        check_result(node.resolve(quote(did, safe=""), versionTime="2025-10-07T14:30:00Z"), did)

    def test_logged_did_has_versions(self, node: Endpoints) -> None:
        did = did_of(node, "webvh")
        found = check_result(node.resolve(did), did)
        version = found["didDocumentMetadata"]["versionId"]
        check_result(node.resolve(quote(did, safe=""), versionId=version), did)
        check_result(node.resolve(quote(did, safe=""), versionTime="2046-01-01T00:00:00Z"), did)
        check_error(node.resolve(quote(did, safe=""), versionTime="2000-01-01T00:00:00Z"), 404, "NOT_FOUND")


class TestErrors:
    """4-did-resolution.js and 10-bindings.js: which error has which status."""

    @pytest.mark.parametrize("accept", [ANYTHING, RESULT])
    @pytest.mark.parametrize(
        "text", ["not-a-did", "did:example", "key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"]
    )
    def test_what_is_no_did_is_invalid(self, node: Endpoints, text: str, accept: str) -> None:
        check_error(node.resolve(text, accept), 400, "INVALID_DID")

    def test_did_is_required(self, node: Endpoints) -> None:
        assert node.resolve("", ANYTHING).status == 400

    @pytest.mark.parametrize("accept", [ANYTHING, RESULT])
    def test_method_that_is_unknown_is_not_supported(self, node: Endpoints, accept: str) -> None:
        check_error(node.resolve("did:unsupported:123456789abcdefghi", accept), 501, "METHOD_NOT_SUPPORTED")

    def test_did_of_nobody_is_not_found(self, node: Endpoints) -> None:
        nobody = did_of(node, "web").replace("hosted", "nobody")
        check_error(node.resolve(nobody), 404, "NOT_FOUND")

    def test_deactivated_did_is_gone(self, node: Endpoints) -> None:
        answer = node.post("/v1/agents", {"name": "retired"})
        did = answer.json["did"]
        check_result(node.resolve(did), did)
        assert node.post("/v1/agents/retired/retire", {}).status in (200, 204)
        answer = node.resolve(did)
        assert (answer.status, answer.json["didDocumentMetadata"]) == (410, {"deactivated": True})


class TestDereferencing:
    """10-bindings.js: DID URLs."""

    @kinds
    def test_verification_method_is_dereferenced(self, node: Endpoints, kind: str) -> None:
        did = did_of(node, kind)
        [method, *_] = node.resolve(did, "application/did").json["verificationMethod"]
        url = quote(method["id"] if method["id"].startswith("did:") else did + method["id"], safe="")
        answer = node.resolve(url, DEREFERENCED)
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, DEREFERENCED)
        result = answer.json
        assert result["contentStream"]["publicKeyMultibase"] == method["publicKeyMultibase"]
        assert isinstance(result["contentMetadata"], dict)
        assert answer.headers["content-type"].startswith(result["dereferencingMetadata"]["contentType"])
        alone = node.resolve(url, "application/json")
        assert "dereferencingMetadata" not in alone.json
        assert alone.json["publicKeyMultibase"] == method["publicKeyMultibase"]

    @kinds
    def test_fragment_that_is_not_there_is_not_found(self, node: Endpoints, kind: str) -> None:
        answer = node.resolve(quote(did_of(node, kind) + "#nothing", safe=""), DEREFERENCED)
        assert answer.status == 404
        assert answer.json["dereferencingMetadata"]["error"]["type"] == ERROR + "NOT_FOUND"

    def test_service_leads_to_its_endpoint_with_303_and_nothing_else(self, node: Endpoints) -> None:
        own = f"did:web:{quote(node.url.removeprefix('http://'), safe='')}"
        [service, *_] = node.resolve(own, "application/did").json["service"]
        name = service["id"].partition("#")[2]
        answer = node.resolve(quote(f"{own}?service={name}", safe=""), DEREFERENCED)
        assert (answer.status, answer.body) == (303, b"")
        assert answer.headers["location"] == service["serviceEndpoint"]
        missing = node.resolve(quote(f"{own}?service=nothing", safe=""), DEREFERENCED)
        assert (missing.status, missing.json["contentStream"]["service"]) == (200, [])


class TestDidKey:
    """did-key-test-suite: what a did:key resolves to, and what is none.

    That suite has error names of its own as strings, INVALID_ID among them, from before the errors of DID Resolution
    were objects with a type; the type here is that of the specification.
    """

    @pytest.mark.parametrize("name", KEYS)
    def test_key_of_every_type_is_resolved(self, node: Endpoints, name: str) -> None:
        did = f"did:key:{KEYS[name]}"
        document = check_result(node.resolve(did), did)["didDocument"]
        [method, *_] = document["verificationMethod"]
        assert (method["id"], method["controller"]) == (f"{did}#{KEYS[name]}", did)
        assert method["id"] in document["assertionMethod"]

    def test_scheme_method_and_multibase_header_are_what_they_are(self, node: Endpoints) -> None:
        key = KEYS["Ed25519"]
        for text in (
            f"key:{key}",
            f"did:{key}",
            f"did:key:-v4:{key}",
            f"did:key:{key[1:]}",
            "did:key:z",
            "did:key:z6Mk",
        ):
            check_error(node.resolve(text), 400, "INVALID_DID")

    @pytest.mark.parametrize("name", KEYS)
    def test_key_of_another_length_is_refused(self, node: Endpoints, name: str) -> None:
        for text in (KEYS[name][:-1], KEYS[name] + "1", KEYS[name][:-2]):
            check_error(node.resolve(f"did:key:{text}"), 400, "INVALID_DID")

    def test_old_media_type_of_results_is_known(self, node: Endpoints) -> None:
        did = stranger(KeyType.P256).did
        answer = node.resolve(did, 'application/ld+json;profile="https://w3id.org/did-resolution"')
        check_result(answer, did)
        assert answer.headers["content-type"].startswith("application/ld+json")
