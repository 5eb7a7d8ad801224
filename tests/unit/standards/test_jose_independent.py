"""Independent eyes: joserfc on our tokens and ours on its, and the W3C algorithm written anew on our proofs."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws as foreign
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, OKPKey

from legation.crypto.keys import KeyType, load_public_key
from legation.crypto.signing import Signer
from legation.domain.delegation.issuance import Format
from legation.domain.presentation import present
from legation.domain.trust import TrustAnchors
from legation.errors import ProofError
from legation.standards.did.key import build_did_key
from legation.standards.jwk import build_public_jwk
from legation.standards.key_pairs import load_key_pair
from legation.standards.vc.tokens import read_credential_token, sign_credential
from tests.support.chains import (
    AT,
    CHALLENGE,
    DOMAIN,
    REQUEST,
    base58,
    credential,
    honest_chain,
    judged_bare,
    judged_presented,
    parties,
    presentation,
    wires,
)
from tests.support.keys import signer_of

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
REGISTRY = foreign.JWSRegistry(algorithms=["EdDSA", "ES256", "ES384", "ES512"])
# the name that VC JOSE COSE and our design page have; joserfc warns that RFC 9864 has another
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
CURVES = pytest.mark.parametrize("p256", [False, True], ids=["EdDSA", "ES256"])


def foreign_public_key(signer: Signer) -> Any:
    jwk = build_public_jwk(signer.key.public_key)
    return (OKPKey if jwk["kty"] == "OKP" else ECKey).import_key(jwk)


def opened(token: str, key: Any) -> dict[str, Any]:
    """Verify a token by joserfc alone and return its claims."""
    found = foreign.deserialize_compact(token, key, registry=REGISTRY)
    value: dict[str, Any] = json.loads(found.payload)
    return value


@CURVES
def test_hops_and_presentation_that_we_sign_verify_with_joserfc(p256: bool) -> None:
    people = range(4) if p256 else ()
    signers = parties(3, p256=people)
    chain = honest_chain(3, [Format.JWT], p256=people)
    for signer, token in zip(signers, wires(chain), strict=False):
        claims = opened(token, foreign_public_key(signer))
        assert claims["issuer"] == signer.did
        with pytest.raises(BadSignatureError):
            opened(token, foreign_public_key(signer_of("another", p256=p256)))
    token = present(chain.hops, signers[3], challenge=CHALLENGE, domain=DOMAIN, at=AT, form=Format.JWT)
    claims = opened(token, foreign_public_key(signers[3]))
    assert (claims["nonce"], claims["aud"], claims["holder"]) == (CHALLENGE, DOMAIN, signers[3].did)


class ForeignParty:
    """A party whose key, DID and tokens are made without our code, but for the spelling of its DID."""

    def __init__(self, *, p256: bool):
        self.key: Any = ECKey.generate_key("P-256") if p256 else OKPKey.generate_key("Ed25519")
        self.algorithm = "ES256" if p256 else "EdDSA"
        public = self.key.public_key
        if p256:
            raw = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        else:
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        multikey = "z" + base58((b"\x80\x24" if p256 else b"\xed\x01") + raw)
        self.did = f"did:key:{multikey}"
        self.method = f"{self.did}#{multikey}"

    def sign(self, claims: dict[str, Any], typ: str) -> str:
        header = {"alg": self.algorithm, "typ": typ, "kid": self.method}
        return foreign.serialize_compact(header, json.dumps(claims).encode(), self.key, registry=REGISTRY)


@CURVES
def test_chain_and_presentation_by_joserfc_are_accepted_by_us(p256: bool) -> None:
    people: list[Any] = [ForeignParty(p256=p256) for _ in range(3)]
    trust = TrustAnchors.of(people[0].did)
    root = people[0].sign(credential(0, people[0], people[1]), "vc+jwt")
    leaf = people[1].sign(credential(1, people[1], people[2], parent=root), "vc+jwt")
    assert judged_bare([root, leaf], trust=trust, request=REQUEST).accepted
    claims = {**presentation([root, leaf], people[2]), "nonce": CHALLENGE, "aud": DOMAIN, "iat": int(AT.timestamp())}
    assert judged_presented(people[2].sign(claims, "vp+jwt"), trust=trust, request=REQUEST).accepted
    stranger = ForeignParty(p256=p256)
    stranger.method = people[0].method
    forged = stranger.sign(credential(0, people[0], people[1]), "vc+jwt")
    assert judged_bare([forged], trust=trust).code == "proof_invalid"


@pytest.mark.parametrize(("curve", "algorithm"), [("P-384", "ES384"), ("P-521", "ES512")])
def test_tokens_of_larger_curves_verify_with_joserfc_and_its_with_us(curve: str, algorithm: str) -> None:
    key: Any = ECKey.generate_key(curve)
    ours = Signer("", "https://issuer.example#key", load_key_pair(key.as_dict(private=True)))
    claims = {"issuer": "https://issuer.example", "credentialSubject": {"name": "Ana"}}
    token = sign_credential(claims, ours)
    assert opened(token, key) == claims
    with pytest.raises(BadSignatureError):
        opened(token, ECKey.generate_key(curve))
    header = {"alg": algorithm, "typ": "vc+jwt", "kid": "thumbprint"}
    theirs = foreign.serialize_compact(header, json.dumps(claims).encode(), key, registry=REGISTRY)
    read = read_credential_token(theirs, named=False)
    read.verify(ours.key.public_key)
    assert (read.document, read.method) == (claims, "thumbprint")
    with pytest.raises(ProofError):
        read.verify(load_key_pair(ECKey.generate_key(curve).as_dict(private=True)).public_key)


# ------------------------------------------------------------------ eddsa-jcs-2022, written anew from vc-di-eddsa §3.3


def unbase58(text: str) -> bytes:
    number = 0
    for character in text:
        number = number * 58 + ALPHABET.index(character)
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" * (len(text) - len(text.lstrip("1"))) + body


def hash_data(secured: dict[str, Any]) -> bytes:
    config = {name: value for name, value in secured["proof"].items() if name != "proofValue"}
    document = {name: value for name, value in secured.items() if name != "proof"}
    return sha256(rfc8785.dumps(config)).digest() + sha256(rfc8785.dumps(document)).digest()


def holds(secured: dict[str, Any]) -> bool:
    """Verify a proof by a did:key, as the W3C algorithm has it."""
    multikey = unbase58(secured["proof"]["verificationMethod"].partition("#")[2][1:])
    assert multikey[:2] == b"\xed\x01"
    key = Ed25519PublicKey.from_public_bytes(multikey[2:])
    try:
        key.verify(unbase58(secured["proof"]["proofValue"][1:]), hash_data(secured))
    except InvalidSignature:
        return False
    return True


def test_proofs_that_we_make_hold_by_the_algorithm_written_anew() -> None:
    details = [
        {
            "type": "caf\u00e9",
            "actions": ["\U0001f600"],
            "constraints": {"arguments": {"\uff21": {"min": -(2**53) + 1}}},
        }
    ]
    for chain in (honest_chain(3), honest_chain(3, details=details)):
        for wire in wires(chain):
            assert holds(wire)
            assert not holds({**wire, "name": "x"})
        text = present(chain.hops, parties(3)[3], challenge=CHALLENGE, domain=DOMAIN, at=AT, form=Format.DATA_INTEGRITY)
        presented = json.loads(text)
        assert holds(presented)
        presented["proof"]["challenge"] = "other"
        assert not holds(presented)


class AnotherParty:
    """A party that signs by the algorithm written anew."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        multikey = "z" + base58(b"\xed\x01" + raw)
        self.did = f"did:key:{multikey}"
        self.method = f"{self.did}#{multikey}"

    def secure(self, document: dict[str, Any], purpose: str, **options: str) -> dict[str, Any]:
        proof: dict[str, Any] = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "created": "2026-11-23T08:29:00Z",
            "verificationMethod": self.method,
            "proofPurpose": purpose,
            "@context": document["@context"],
            **options,
        }
        secured = {**document, "proof": proof}
        signature = self._key.sign(hash_data(secured))
        return {**document, "proof": {**proof, "proofValue": "z" + base58(signature)}}


def test_chain_and_presentation_by_the_algorithm_written_anew_are_accepted_by_us() -> None:
    people: list[Any] = [AnotherParty() for _ in range(3)]
    trust = TrustAnchors.of(people[0].did)
    root = people[0].secure(credential(0, people[0], people[1]), "assertionMethod")
    leaf = people[1].secure(credential(1, people[1], people[2], parent=root), "assertionMethod")
    assert judged_bare([root, leaf], trust=trust, request=REQUEST).accepted
    document = presentation([root, leaf], people[2])
    presented = people[2].secure(document, "authentication", challenge=CHALLENGE, domain=DOMAIN)
    assert judged_presented(presented, trust=trust, request=REQUEST).accepted
    thief = AnotherParty()
    thief.method = people[2].method
    stolen = thief.secure(document, "authentication", challenge=CHALLENGE, domain=DOMAIN)
    assert judged_presented(stolen, trust=trust).code == "presentation_invalid"


def test_foreign_keys_are_spelled_as_ours() -> None:
    for p256 in (False, True):
        party = ForeignParty(p256=p256)
        key_type = KeyType.P256 if p256 else KeyType.ED25519
        raw = unbase58(party.did.removeprefix("did:key:z"))[2:]
        assert build_did_key(load_public_key(key_type, raw)) == party.did
    scalar = derive_private_key(7, SECP256R1()).public_key()
    compressed = scalar.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    assert load_public_key(KeyType.P256, compressed).raw == compressed
