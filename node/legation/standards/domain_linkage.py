"""Domain linkage: that who controls an origin also controls a DID (DIF Well Known DID Configuration 1.0)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import orjson

from legation.crypto.keys import PublicKey
from legation.crypto.signing import Signer
from legation.errors import LegationError, MalformedError, ProofError, UnknownTermError
from legation.standards.did.document import DIDDocument
from legation.standards.did.syntax import is_did, split_did_url
from legation.standards.jose import ALGORITHMS
from legation.standards.multiformats import decode_base64url, encode_base64url
from legation.standards.strict_json import parse_json
from legation.standards.timestamps import SECOND, format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from legation.standards.data_integrity.proofs import Proof
    from legation.standards.jsonld.contexts import Contexts

PATH = "/.well-known/did-configuration.json"
CONTEXT = "https://identity.foundation/.well-known/did-configuration/v1"
_CREDENTIALS = "https://www.w3.org/2018/credentials/v1"
_TYPES = ["VerifiableCredential", "DomainLinkageCredential"]
_MAX_ENTRIES = 64
_MAX_TOKEN = 16 * 1024
# Domain Linkage Credential: without id; what else a credential may have would have to be checked here, and is not
_MEMBERS = frozenset({"@context", "type", "issuer", "issuanceDate", "expirationDate", "credentialSubject"})
_CLAIMS = frozenset({"exp", "iss", "nbf", "sub", "vc"})
_NAMES = {key_type: name for name, key_type in ALGORITHMS.items()}
_ORIGIN = re.compile(r"(?:(https?)://)?([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([1-9][0-9]{0,4}))?/?", re.ASCII)
_PORTS = {"https": "443", "http": "80"}
_TERMS = ("DomainLinkageCredential", "origin", "linked_dids")
# what its URL answers with, in the members that are used here
CONTEXT_DOCUMENT = orjson.dumps(
    {
        "@context": [
            {
                "@version": 1.1,
                "@protected": True,
                "LinkedDomains": f"{CONTEXT}#DomainLinkageCredential",
                **{term: f"{CONTEXT}#{term}" for term in _TERMS},
            }
        ]
    }
)


@dataclass(frozen=True, slots=True)
class Linkage:
    """A checked link: the DID, the origin in its normal form, and until when it holds, in nanoseconds since 1970."""

    did: str
    origin: str
    expires: int


@dataclass(frozen=True, slots=True)
class LinkageEntry:
    """An entry that is well-formed, and of which nobody has checked the signature.

    ``token`` is None for one that is secured by Data Integrity.
    """

    did: str
    origin: object
    issued: int
    expires: int
    credential: Mapping[str, object]
    token: str | None


def normalize_origin(text: object) -> str:
    """Return an origin as scheme, host and port, the default port left out; a bare domain is one of https.

    The specification's own example of a token has a bare domain.

    Raises:
        MalformedError: it is none.
    """
    match = _ORIGIN.fullmatch(text.lower()) if isinstance(text, str) and len(text) <= 300 else None
    if match is None or int(match[3] or 1) > 65535:
        raise MalformedError("this is not the origin of a domain", pointer="/credentialSubject/origin")
    scheme = match[1] or "https"
    return f"{scheme}://{match[2]}" + (f":{match[3]}" if match[3] not in (None, _PORTS[scheme]) else "")


def build_linkage_token(signer: Signer, *, origin: str, at: datetime, until: datetime) -> str:
    """Return a Domain Linkage Credential of the signer's DID as a token (JSON Web Token Proof Format)."""
    credential = build_linkage(signer.did, origin=origin, at=at, until=until)
    header = {"alg": _NAMES[signer.key.public_key.type], "kid": signer.method}
    claims = {
        "exp": int(until.timestamp()),
        "iss": signer.did,
        "nbf": int(at.timestamp()),
        "sub": signer.did,
        "vc": credential,
    }
    signing_input = f"{encode_base64url(orjson.dumps(header))}.{encode_base64url(orjson.dumps(claims))}"
    return f"{signing_input}.{encode_base64url(signer.key.sign(signing_input.encode('ascii')))}"


def build_linkage_credential(
    signer: Signer, *, origin: str, at: datetime, until: datetime, cryptosuite: str, contexts: Contexts
) -> dict[str, object]:
    """Return a Domain Linkage Credential of the signer's DID, secured by Data Integrity (Linked Data Proof Format).

    Raises:
        InvalidKeyError, UnknownTermError: a key, or a suite, that does not serve.
    """
    from legation.standards.data_integrity.documents import add_proof  # only who makes or checks this form loads it

    return add_proof(
        build_linkage(signer.did, origin=origin, at=at, until=until),
        signer,
        cryptosuite=cryptosuite,
        purpose="assertionMethod",
        created=format_timestamp(at),
        contexts=contexts.extended({CONTEXT: CONTEXT_DOCUMENT}),
    )


def build_linkage(did: str, *, origin: str, at: datetime, until: datetime) -> dict[str, object]:
    """Return a Domain Linkage Credential that nobody has secured yet."""
    return {
        "@context": [_CREDENTIALS, CONTEXT],
        "type": list(_TYPES),
        "issuer": did,
        "issuanceDate": format_timestamp(at),
        "expirationDate": format_timestamp(until),
        "credentialSubject": {"id": did, "origin": origin},
    }


def build_configuration(entries: Sequence[str | Mapping[str, object]]) -> dict[str, object]:
    """Return the DID Configuration Resource of Domain Linkage Credentials, the most important first."""
    return {"@context": CONTEXT, "linked_dids": [entry if isinstance(entry, str) else dict(entry) for entry in entries]}


def read_configuration(value: object) -> list[object]:
    """Return the entries of a DID Configuration Resource, as they are.

    Raises:
        MalformedError, UnknownTermError: it is none, or has other members than it may.
    """
    if not isinstance(value, dict) or "@context" not in value or "linked_dids" not in value:
        raise MalformedError("a DID Configuration is an object with @context and linked_dids")
    if len(value) != 2:
        raise UnknownTermError("a DID Configuration has @context and linked_dids, nothing else")
    entries = value["linked_dids"]
    if not isinstance(entries, list) or len(entries) > _MAX_ENTRIES:
        raise MalformedError(f"linked_dids is an array of at most {_MAX_ENTRIES}", pointer="/linked_dids")
    return entries


def read_linkage(entry: object) -> LinkageEntry:
    """Read one entry, a token or a credential with a proof, by the rules of its format.

    Raises:
        MalformedError: it is not of the form that the specification asks for.
        UnknownTermError: it has a member, a claim or a header parameter that it must not have.
        LegationError: ``subject_mismatch``: its issuer is not its subject.
    """
    if isinstance(entry, str):
        return _read_token(entry)
    if not isinstance(entry, dict) or "proof" not in entry:
        raise MalformedError("a Domain Linkage Credential is a token, or an object with a proof")
    return _read_credential({name: value for name, value in entry.items() if name != "proof"}, entry, None)


def check_linkage(
    entry: LinkageEntry, *, origin: str, document: DIDDocument, at: int, contexts: Contexts | None = None
) -> Linkage:
    """Check that an entry, found at ``origin``, links it with the DID of ``document`` at the moment ``at``.

    ``contexts`` are needed for a credential that is secured by Data Integrity.

    Raises:
        LegationError: ``subject_mismatch``: it is of another DID; ``origin_mismatch``: it names another origin;
            ``not_yet_valid``, ``expired``; ``proof_invalid``, ``method_not_authorized``: its signature does not hold,
            or is by a key that the DID does not list under assertionMethod.
        MalformedError, UnknownTermError, TooLargeError: its proof cannot be judged.
    """
    if entry.did != document.id:
        raise LegationError("the credential is that of another DID", code="subject_mismatch")
    here = normalize_origin(origin)
    if normalize_origin(entry.origin) != here:
        raise LegationError("the credential names another origin than it was found at", code="origin_mismatch")
    if at < entry.issued:
        raise LegationError("the credential is not valid yet", code="not_yet_valid")
    if at >= entry.expires:
        raise LegationError("the credential has expired", code="expired")
    if entry.token is not None:
        _verify_token(entry.token, document, dated=entry.issued)
    else:
        _verify_proofs(entry, document, at=at, contexts=contexts)
    return Linkage(entry.did, here, entry.expires)


def find_linked_dids(value: object) -> Iterator[str]:
    """Return the DIDs of a configuration whose entries can be read, in its order, each once. Raises as its reader."""
    seen = set()
    for entry in read_configuration(value):
        try:
            did = read_linkage(entry).did
        except LegationError:
            # one entry says nothing of the others
            continue
        if did not in seen:
            seen.add(did)
            yield did


def _read_token(token: str) -> LinkageEntry:
    header, claims, _ = _split(token)
    # JSON Web Token Proof Format: alg and kid, no typ, nothing else
    if header.keys() != {"alg", "kid"}:
        raise UnknownTermError("the header of a Domain Linkage Credential has alg and kid, nothing else")
    if not {"iss", "sub", "vc"} <= claims.keys() <= _CLAIMS:
        raise UnknownTermError("the claims of a Domain Linkage Credential are iss, sub, vc, exp and nbf, nothing else")
    entry = _read_credential(claims["vc"], claims["vc"], token)
    if not claims["iss"] == claims["sub"] == entry.did:
        raise LegationError("iss or sub is not the subject of the credential", code="subject_mismatch")
    for name, moment in (("nbf", entry.issued), ("exp", entry.expires)):
        value = claims.get(name, moment // SECOND)
        if isinstance(value, bool) or value != moment // SECOND:
            raise MalformedError(f"the claim {name} is not what the credential says")
    return entry


def _read_credential(credential: object, secured: object, token: str | None) -> LinkageEntry:
    if not isinstance(credential, dict) or not isinstance(secured, dict):
        raise MalformedError("a Domain Linkage Credential is a JSON object")
    if credential.keys() != _MEMBERS:
        raise UnknownTermError(f"a Domain Linkage Credential has {', '.join(sorted(_MEMBERS))}, nothing else")
    contexts, types, issuer = credential["@context"], credential["type"], credential["issuer"]
    if not isinstance(contexts, list) or contexts[:1] != [_CREDENTIALS] or CONTEXT not in contexts:
        raise MalformedError("the @context is not that of a Domain Linkage Credential")
    if not isinstance(types, list) or sorted(map(str, types)) != sorted(_TYPES):
        raise MalformedError("the type is not that of a Domain Linkage Credential")
    subject = credential["credentialSubject"]
    if not isinstance(subject, dict) or subject.keys() != {"id", "origin"} or not is_did(subject["id"]):
        raise MalformedError("the credentialSubject is a DID, as id, and an origin, nothing else")
    if (issuer.get("id") if isinstance(issuer, dict) else issuer) != subject["id"]:
        raise LegationError("the issuer of the credential is not its subject", code="subject_mismatch")
    return LinkageEntry(
        did=subject["id"],
        origin=subject["origin"],
        issued=parse_timestamp(credential["issuanceDate"]),
        expires=parse_timestamp(credential["expirationDate"]),
        credential=secured,
        token=token,
    )


def _split(token: str) -> tuple[dict[str, object], dict[str, object], bytes]:
    parts = token.split(".") if len(token) <= _MAX_TOKEN else []
    if len(parts) != 3:
        raise MalformedError("a compact JWS has three parts, and not too many characters")
    header, claims = (parse_json(decode_base64url(part)) for part in parts[:2])
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise MalformedError("a token's header and claims are JSON objects")
    return header, claims, decode_base64url(parts[2])


def _verify_token(token: str, document: DIDDocument, *, dated: int) -> None:
    header, _, signature = _split(token)
    key = _find_key(document, header["kid"], dated)
    algorithm = header["alg"]
    if not isinstance(algorithm, str) or ALGORITHMS.get(algorithm) is not key.type:
        raise ProofError("the algorithm does not fit the type of the key")
    key.verify(token.rpartition(".")[0].encode("ascii"), signature)


def _verify_proofs(entry: LinkageEntry, document: DIDDocument, *, at: int, contexts: Contexts | None) -> None:
    from legation.standards.data_integrity.documents import ProofExpectation, verify_proofs

    if contexts is None:
        raise UnknownTermError("a Data Integrity proof is not checked without contexts")

    def find_key(proof: Proof) -> PublicKey:
        return _find_key(document, proof.method, entry.issued if proof.created is None else proof.created)

    verify_proofs(
        entry.credential,
        find_key=find_key,
        expect=ProofExpectation(at=at, purpose="assertionMethod"),
        contexts=contexts.extended({CONTEXT: CONTEXT_DOCUMENT}),
    )


def _find_key(document: DIDDocument, name: object, dated: int) -> PublicKey:
    split_did_url(name)
    method = document.find_method(str(name), "assertionMethod")
    if method is None or method.revoked is not None or (method.expires is not None and dated >= method.expires):
        raise ProofError("the key is not one that the DID lists for assertions", code="method_not_authorized")
    if method.key is None:
        raise ProofError("the verification method's key is not one that this version may use")
    return method.key
