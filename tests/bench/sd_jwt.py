"""SD-JWT against the reference implementation, and ``vc+jwt`` against bare signatures and joserfc, on the same keys."""

from __future__ import annotations

import json
import secrets
import warnings
from collections.abc import Callable, Iterator
from functools import partial

from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, OKPKey
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.standards.did.key import build_did_key
from legation.standards.jwk import build_public_jwk, parse_public_jwk
from legation.standards.multiformats import encode_base64url
from legation.standards.sd_jwt.binding import Binding
from legation.standards.sd_jwt.issuing import issue_sd_jwt
from legation.standards.sd_jwt.parsing import parse_sd_jwt
from legation.standards.sd_jwt.presenting import present_sd_jwt
from legation.standards.sd_jwt.verification import verify_sd_jwt
from legation.standards.timestamps import nanoseconds
from legation.standards.vc.tokens import read_credential_token, sign_credential
from tests.bench.chains import AT
from tests.bench.measure import Figure, time_in_turn

TYPE = "example+sd-jwt"
ALGORITHMS = {KeyType.ED25519: "EdDSA", KeyType.P256: "ES256", KeyType.P384: "ES384"}
HIDDEN = ("given_name", "family_name", "email", "phone_number", "birthdate", "updated_at")
SCALARS = {KeyType.P256: bytes(range(1, 33)), KeyType.ED25519: bytes(range(2, 34)), KeyType.P384: bytes(range(3, 51))}


def figures() -> Iterator[Figure]:
    """Time SD-JWTs and tokens."""
    for key_type in (KeyType.ED25519, KeyType.P256):
        yield from _selective(key_type)
    for key_type, bounds in ((KeyType.ED25519, (1.8, 1.5)), (KeyType.P256, (None, None)), (KeyType.P384, (None, None))):
        yield from _tokens(key_type, *bounds)


def claims() -> dict[str, object]:
    """Return the claims of RFC 9901's first example."""
    return {
        "iss": "https://issuer.example.com",
        "iat": 1683000000,
        "exp": 1883000000,
        "sub": "user_42",
        "given_name": "John",
        "family_name": "Doe",
        "email": "johndoe@example.com",
        "phone_number": "+1-202-555-0101",
        "birthdate": "1940-01-01",
        "updated_at": 1570000000,
        "address": {
            "street_address": "123 Main St",
            "locality": "Anytown",
            "region": "Anystate",
            "country": "US",
        },
        "nationalities": ["US", "DE"],
    }


def _paths() -> list[tuple[str | int, ...]]:
    return [
        *((name,) for name in HIDDEN),
        *(("address", name) for name in ("street_address", "locality", "region", "country")),
        ("nationalities", 0),
        ("nationalities", 1),
    ]


def _marked() -> dict[object, object]:
    """Return the same claims as the reference implementation marks what is disclosable."""
    made: dict[object, object] = {}
    for name, value in claims().items():
        if isinstance(value, dict):
            made[name] = {SDObj(inner): item for inner, item in value.items()}
        elif isinstance(value, list):
            made[name] = [SDObj(item) for item in value]
        else:
            made[SDObj(name) if name in HIDDEN else name] = value
    return made


def _signer(key_type: KeyType) -> Signer:
    key = PrivateKey(key_type, SCALARS[key_type])
    did = build_did_key(key.public_key)
    return Signer(did, f"{did}#{did.removeprefix('did:key:')}", key)


def _private_jwk(key_type: KeyType) -> dict[str, str]:
    scalar = encode_base64url(SCALARS[key_type])
    return {**build_public_jwk(PrivateKey(key_type, SCALARS[key_type]).public_key), "d": scalar}


def _selective(key_type: KeyType) -> Iterator[Figure]:
    issuer = _signer(key_type)
    algorithm = ALGORITHMS[key_type]
    issue = partial(
        issue_sd_jwt,
        claims(),
        issuer,
        typ=TYPE,
        salts=secrets.token_bytes,
        disclosable=_paths(),
        holder_key=issuer.key.public_key,
    )
    text = issue()
    private = JWK(**_private_jwk(key_type))
    # both are given the issuer's key as its JWK Set has it, and the text
    public = build_public_jwk(PrivateKey(key_type, SCALARS[key_type]).public_key)
    sd_jwt = parse_sd_jwt(text, typ=TYPE)
    bound = present_sd_jwt(sd_jwt, _paths(), holder=issuer, nonce="bench", audience="https://v.example", at=AT)
    at, binding = nanoseconds(AT), Binding("https://v.example", "bench")
    jobs = {
        "issue": issue,
        "reference issue": partial(SDJWTIssuer, _marked(), private, private, algorithm),
        "verify": _verifying(text, public, at, None),
        "reference": lambda: SDJWTVerifier(text, lambda *_: JWK(**public)).get_verified_payload(),
    }
    if key_type is KeyType.P256:  # the reference implementation verifies a key binding with ES256 only
        expected = ("https://v.example", "bench")
        jobs["bound"] = _verifying(bound, public, at, binding)
        jobs["reference bound"] = lambda: SDJWTVerifier(
            bound, lambda *_: JWK(**public), *expected
        ).get_verified_payload()
    times = time_in_turn(jobs, rounds=60)
    for job, peer, name, least in (
        (
            "verify",
            "reference",
            f"SD-JWT, 12 disclosures, and the issuer's JWK, verified by the reference, {algorithm}",
            2.0,
        ),
        ("bound", "reference bound", f"the same with key binding by the reference, {algorithm}", 2.0),
        ("issue", "reference issue", f"SD-JWT with 12 disclosures issued by the reference, {algorithm}", None),
    ):
        if job in times:
            yield Figure(name, times[peer], "Legation", times[job], least, at_least=least is not None)


def _verifying(text: str, jwk: dict[str, str], at: int, binding: Binding | None) -> Callable[[], object]:
    def run() -> object:
        sd_jwt = parse_sd_jwt(text, typ=TYPE)
        return verify_sd_jwt(sd_jwt, lambda _: parse_public_jwk(jwk), at=at, binding=binding).claims

    return run


def credential(signer: Signer) -> dict[str, object]:
    """Return a credential of about 1.5 KB."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:3978344f-8596-4c3a-a978-8fcaba3903c5",
        "type": ["VerifiableCredential", "ExampleAlumniCredential"],
        "issuer": signer.did,
        "validFrom": "2026-01-01T19:23:24Z",
        "validUntil": "2027-01-01T19:23:24Z",
        "credentialSubject": {
            "id": "did:example:123",
            "degree": {"type": "ExampleBachelorDegree", "name": "Bachelor of Science and Arts"},
            "alumniOf": [
                {"id": f"https://university.example/{number}", "name": "Example University " + "x" * 40}
                for number in range(8)
            ],
        },
    }


def _tokens(key_type: KeyType, issuing: float | None, verifying: float | None) -> Iterator[Figure]:
    signer = _signer(key_type)
    document = credential(signer)
    token = sign_credential(document, signer)
    signed = token.rpartition(".")[0].encode()
    signature = signer.key.sign(signed)
    key = signer.key.public_key

    def read() -> None:
        read_credential_token(token).verify(key)

    jwk = _private_jwk(key_type)
    algorithm = ALGORITHMS[key_type]
    peer_key = (OKPKey if jwk["kty"] == "OKP" else ECKey).import_key(jwk)
    registry = joserfc_jws.JWSRegistry(algorithms=[algorithm])
    header = {"alg": algorithm, "typ": "vc+jwt", "kid": signer.method}

    def peer_issue() -> object:
        return joserfc_jws.serialize_compact(header, json.dumps(document).encode(), peer_key, registry=registry)

    def peer_verify() -> object:
        return json.loads(joserfc_jws.deserialize_compact(token, peer_key, registry=registry).payload)

    with warnings.catch_warnings():  # RFC 9864 has another name for EdDSA, and joserfc says so each time
        warnings.simplefilter("ignore")
        times = time_in_turn(
            {
                "raw sign": partial(signer.key.sign, signed),
                "issue": partial(sign_credential, document, signer),
                "peer issue": peer_issue,
                "raw verify": partial(key.verify, signed, signature),
                "verify": read,
                "peer verify": peer_verify,
            },
            rounds=40,
        )
    name = f"vc+jwt, {algorithm}"
    yield Figure(f"issue a {name}", times["issue"], "1 signature", times["raw sign"], issuing)
    yield Figure("the same by joserfc", times["peer issue"], "1 signature", times["raw sign"])
    yield Figure(f"verify a {name}", times["verify"], "1 verification", times["raw verify"], verifying)
    yield Figure("the same by joserfc", times["peer verify"], "1 verification", times["raw verify"])
