"""One real node as the public W3C test suites meet it, and documents that those suites make with keys of their own.

The suites are JavaScript, and in no package registry: what each of their tests sends, and what it expects, is
written down in tests/conformance, and said here over HTTP with the headers of their client.
"""

from __future__ import annotations

import copy
import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256, sha384, sha512
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from legation.crypto.keys import KeyType
from legation.crypto.signing import Signer
from legation.standards.multiformats import decode_base58, decode_multikey, encode_base58
from tests.support.contexts import suite_contexts
from tests.support.data_integrity import caller
from tests.support.json_ld_oracle import canonicalize_elsewhere, canonicalize_quads_elsewhere
from tests.support.live import live_node
from tests.support.nodes import Answer
from tests.support.vectors import vector_path

Document = dict[str, Any]
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
# what vc-test-suite-implementations sends
HEADERS = {"Accept": "application/json, application/ld+json, */*", "Content-Type": "application/json"}
CHECKS = {"checks": ["proof"]}
CREATED = "2026-01-01T00:00:00Z"
NOW = "2026-11-24T00:00:00Z"
_KEYS = {"eddsa": "Ed25519", "p256": "P-256", "p384": "P-384"}
# the agent for each mechanism
AGENTS = {
    "eddsa-rdfc-2022": "eddsa",
    "eddsa-jcs-2022": "eddsa",
    "ecdsa-rdfc-2019": "p256",
    "ecdsa-jcs-2019": "p256",
    "ecdsa-sd-2023": "p256",
}


@dataclass
class Endpoints:
    """A node that answers: ``dids`` are those of its agents, by name."""

    url: str
    token: str = field(repr=False)
    dids: dict[str, str] = field(default_factory=dict, repr=False)
    _line: http.client.HTTPConnection | None = field(default=None, repr=False)

    def ask(self, method: str, path: str, *, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request, as nobody in particular."""
        line = self._line = self._line or http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        line.request(method, path, body=None if body is None else json.dumps(body), headers=dict(headers or {}))
        response = line.getresponse()
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, found, response.read())

    def post(self, path: str, body: object) -> Answer:
        """Post as the operator."""
        return self.ask("POST", path, body=body, headers={**HEADERS, "Authorization": f"Bearer {self.token}"})

    def resolve(self, did: str, accepted: str = "application/did-resolution", /, **options: str) -> Answer:
        """Ask for a DID, already written as it is to stand in the path, as nobody in particular."""
        query = f"?{urlencode(options, quote_via=quote)}" if options else ""
        return self.ask("GET", f"/1.0/identifiers/{did}{query}", headers={"Accept": accepted})

    def issue(
        self, credential: Document, *, agent: str = "eddsa", suite: str | None = None, options: object = None
    ) -> Answer:
        """Have a credential issued; ``options`` are left out of the body where there are none."""
        body = {"credential": credential} if options is None else {"credential": credential, "options": options}
        query = "" if suite is None else f"?{urlencode({'cryptosuite': suite})}"
        return self.post(f"/agents/{agent}/credentials/issue{query}", body)

    def issued(
        self, suite: str, credential: Document | None = None, *, agent: str | None = None, **options: object
    ) -> Document:
        """Return a credential that the node issued, under a new id and its own issuer, as the suites have it."""
        name = agent or AGENTS[suite]
        wanted = fresh(credential or valid_credential(), self.dids[name])
        answer = self.issue(wanted, agent=name, suite=suite, options=options or None)
        assert answer.status == 201, answer.body
        found: Document = answer.json["verifiableCredential"]
        return found

    def verify(self, credential: object, **options: object) -> Answer:
        """Have a credential judged."""
        return self.post("/credentials/verify", {"verifiableCredential": credential, "options": {**CHECKS, **options}})

    def verify_presentation(self, presentation: object, **options: object) -> Answer:
        """Have a presentation judged."""
        body = {"verifiablePresentation": presentation, "options": options or {"checks": []}}
        return self.post("/presentations/verify", body)

    def accepts(self, credential: object, **options: object) -> bool:
        """Say what the node makes of a credential; it is one of two things."""
        return _holds(self.verify(credential, **options))

    def accepts_presentation(self, presentation: object, **options: object) -> bool:
        """Say what the node makes of a presentation."""
        return _holds(self.verify_presentation(presentation, **options))

    def issues(self, credential: Document, **how: Any) -> bool:
        """Say whether the node issues a credential."""
        answer = self.issue(credential, **how)
        if answer.status == 201:
            return True
        assert answer.status == 400, answer.body
        assert answer.headers["content-type"].startswith("application/problem+json")
        return False

    def close(self) -> None:
        if self._line is not None:
            self._line.close()


def _holds(answer: Answer) -> bool:
    if answer.status == 200:
        assert answer.json["verified"] is True
        assert answer.headers["content-type"].startswith("application/json")
        return True
    # 422 would do for some suites, 400 does for all
    assert answer.status == 400, answer.body
    assert answer.headers["content-type"].startswith("application/problem+json")
    if answer.json["code"] not in ("malformed", "unknown_term") or "verified" in answer.json:
        assert answer.json["verified"] is False
        assert answer.json["problemDetails"]
    return False


@contextmanager
def endpoints(folder: Path) -> Iterator[Endpoints]:
    """Run a node with the contexts of the suites and agents of every key that they ask for, each a did:key."""
    more: dict[str, Any] = {
        "contexts_dir": str(vector_path("contexts")),
        "allow_verification_at": True,
        # so that documents do not grow old
        "dangerously_now": NOW,
    }
    with live_node(folder, **more) as node:
        found = Endpoints(node.url, node.token_file.read_text(encoding="ascii").strip())
        wanted = [(name, "key", key) for name, key in _KEYS.items()]
        for name, method, key in [*wanted, ("hosted", "web", "Ed25519"), ("logged", "webvh", "Ed25519")]:
            answer = found.post("/v1/agents", {"name": name, "didMethod": method, "keyType": key})
            assert answer.status == 201, answer.body
            found.dids[name] = answer.json["did"]
        try:
            yield found
        finally:
            found.close()


def valid_credential(**more: Any) -> Document:
    """Return a credential of VCDM 2.0 that nobody has issued."""
    return {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b", "name": "ExampleClaim"},
        **more,
    }


def earlier_credential(**more: Any) -> Document:
    """Return a credential of VCDM 1.1 that nobody has issued, without a context for its proof."""
    return {
        "@context": [CREDENTIALS_V1, {"name": "https://schema.org/name"}],
        "type": ["VerifiableCredential"],
        "issuanceDate": CREATED,
        "credentialSubject": {"id": "urn:uuid:1a0e4ef5-091f-4060-842e-18e519ab9440", "name": "Alice"},
        **more,
    }


def fresh(credential: Mapping[str, Any], issuer: str) -> Document:
    """Return a copy with a new id, issued by somebody."""
    return {**copy.deepcopy(dict(credential)), "id": f"urn:uuid:{uuid4()}", "issuer": issuer}


def without(document: Mapping[str, Any], *path: str | int) -> Document:
    """Return a copy without a member, however deep."""
    found = copy.deepcopy(dict(document))
    inner: Any = found
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return found


def changed(document: Mapping[str, Any], value: object, *path: str | int) -> Document:
    """Return a copy in which a member, however deep, has another value."""
    found = copy.deepcopy(dict(document))
    inner: Any = found
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return found


def stranger(key_type: KeyType = KeyType.ED25519) -> Signer:
    """Return the holder of the suites' own key of that type, a did:key."""
    return caller(key_type, "the suites")


def canonize_rdfc(document: Document) -> bytes:
    """Canonicalise with PyLD and Oxigraph."""
    return canonicalize_elsewhere(document, suite_contexts())


def canonize_jcs(document: Document) -> bytes:
    """Canonicalise as RFC 8785 does, for documents in which no number has a fraction."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass
class Prover:
    """What secures a document with none of the node's code, and may be told to do it wrongly.

    ``drop`` names members of the proof that are left out, ``proof`` holds others in their place; both before it is
    signed, so that nothing but what the proof says is wrong.
    """

    suite: str = "eddsa-rdfc-2022"
    signer: Signer = field(default_factory=stranger)
    purpose: str = "assertionMethod"
    canonize: Callable[[Document], bytes] | None = None
    digest: Callable[[bytes], Any] | None = None
    proof: Mapping[str, object] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()

    def config(self) -> Document:
        """Return the proof without its value."""
        kind = {"type": "DataIntegrityProof", "cryptosuite": self.suite}
        if self.suite == "Ed25519Signature2020":
            kind = {"type": self.suite}
        made = {
            **kind,
            "created": CREATED,
            "verificationMethod": self.signer.method,
            "proofPurpose": self.purpose,
            **self.proof,
        }
        return {name: value for name, value in made.items() if name not in self.drop}

    def __call__(self, document: Mapping[str, Any]) -> Document:
        """Return the document with one proof, in place of none or after those that it has."""
        unsecured, config = dict(document), self.config()
        kept = unsecured.pop("proof", [])
        kept = kept if isinstance(kept, list) else [kept]
        previous = config.get("previousProof", [])
        earlier = [
            proof for proof in kept if proof.get("id") in (previous if isinstance(previous, list) else [previous])
        ]
        if earlier:
            unsecured["proof"] = earlier
        p384 = self.signer.key.public_key.type is KeyType.P384
        digest = self.digest or (sha384 if p384 else sha256)
        canonize = self.canonize or (canonize_jcs if "jcs" in self.suite else canonize_rdfc)
        if p384 and self.canonize is None and "rdfc" in self.suite:
            canonize = _canonize_sha384
        signed = {**config, "@context": document["@context"]}
        data = digest(canonize(signed)).digest() + digest(canonize(unsecured)).digest()
        value = "z" + encode_base58(self.signer.key.sign(data))
        shown = signed if "jcs" in self.suite else config
        proofs = [*kept, {**shown, "proofValue": value}]
        return {**document, "proof": proofs if kept else proofs[0]}


def check_elsewhere(credential: Mapping[str, Any]) -> None:
    """Verify the one proof of a did:key's with PyLD, Oxigraph and cryptography; raise InvalidSignature."""
    document = without(credential, "proof")
    proof = dict(credential["proof"])
    value = decode_base58(proof.pop("proofValue")[1:])
    key = decode_multikey(proof["verificationMethod"].partition("#")[2])
    p384 = key.type is KeyType.P384
    digest = sha384 if p384 else sha256
    canonize = canonize_jcs if "jcs" in proof["cryptosuite"] else _canonize_sha384 if p384 else canonize_rdfc
    config = {**proof, "@context": document["@context"]}
    data = digest(canonize(config)).digest() + digest(canonize(document)).digest()
    if key.type is KeyType.ED25519:
        ed25519.Ed25519PublicKey.from_public_bytes(key.raw).verify(value, data)
        return
    curve, hashing = (ec.SECP384R1(), SHA384()) if p384 else (ec.SECP256R1(), SHA256())
    half = len(value) // 2
    signature = encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
    ec.EllipticCurvePublicKey.from_encoded_point(curve, key.raw).verify(signature, data, ec.ECDSA(hashing))


def _canonize_sha384(document: Document) -> bytes:
    return canonicalize_quads_elsewhere(canonize_rdfc(document).decode(), sha384=True)


def sha512_digest(data: bytes) -> Any:
    """Hash as none of these suites does."""
    return sha512(data)
