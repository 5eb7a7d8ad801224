"""What schemathesis is told of a node: texts of each format, real cursors, media types, and how an agent signs.

A process of schemathesis loads this module (``SCHEMATHESIS_HOOKS``); ``FUZZ_WORLD`` names the file that says what is
there, as :mod:`tests.support.fuzzing` writes it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import unicodedata
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import requests
import schemathesis
from hypothesis import strategies as st
from requests.auth import AuthBase

from legation.crypto.signing import Signer
from legation.domain.calls import build_call_token
from legation.standards.multiformats import encode_multikey
from tests.support.keys import Ed25519Key, P256Key, signer_of

WORLD: dict[str, Any] = json.loads(Path(os.environ["FUZZ_WORLD"]).read_text(encoding="utf-8"))
# stands where a real cursor is put in, just before a request goes
_CURSOR = "cursor-of-this-list"

# ---------------------------------------------------------------- formats that the document names

_SEEDS = st.integers(0, 2**64).map(str)
_LABEL = st.from_regex(r"[a-z0-9]{1,10}", fullmatch=True)
# none whose document would have to be fetched: the node is on a machine that may ask nobody
_DIDS = st.one_of(_SEEDS.map(lambda seed: signer_of(seed, p256=int(seed) % 2 == 1).did), st.sampled_from(WORLD["dids"]))
_ORIGINS = st.builds(
    "{}://{}.example{}".format, st.sampled_from(["http", "https"]), _LABEL, st.sampled_from(["", ":8443"])
)
_PLAIN = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=40
).map(lambda text: unicodedata.normalize("NFC", text))


def _multikey(seed: str) -> str:
    key = P256Key(seed) if int(seed) % 2 else Ed25519Key(seed)
    return encode_multikey(key.public_key)


FORMATS: dict[str, st.SearchStrategy[str]] = {
    "amount": st.from_regex(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?", fullmatch=True),
    "cursor": st.just(_CURSOR),
    "did": _DIDS,
    "iana-time-zone": st.sampled_from(["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Asia/Kathmandu"]),
    "location": st.builds("{}{}".format, _ORIGINS, st.sampled_from(["", "/", "/mcp", "/a/b/", "/%C3%A9"])),
    "multikey": _SEEDS.map(_multikey),
    "plain-text": _PLAIN,
    "principal": st.one_of(_DIDS, st.builds("{}#{}".format, _ORIGINS, _LABEL)),
    "verifier-name": st.one_of(_DIDS, _ORIGINS),
}
for _name, _strategy in FORMATS.items():
    schemathesis.openapi.format(_name, _strategy)


@schemathesis.deserializer("application/did", "application/did-resolution")
def read_json(_: schemathesis.DeserializationContext, response: schemathesis.Response) -> Any:
    """Read what is JSON under another name."""
    return json.loads(response.content)


# ---------------------------------------------------------------- what is put in, or kept out


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Put a cursor of the very list in: no schema can say which texts are one."""
    query = case.query
    if isinstance(query, dict) and query.get("cursor") == _CURSOR:
        cursor = WORLD["cursors"].get(case.operation.path)
        if cursor is None:
            del query["cursor"]
        else:
            query["cursor"] = cursor


@schemathesis.hook
def filter_path_parameters(context: schemathesis.HookContext, path_parameters: dict[str, Any]) -> bool:
    """Keep the caller from revoking itself, after which it would be told 401, and the node from asking strangers."""
    values = [unquote(str(value)) for value in (path_parameters or {}).values()]
    return WORLD["caller"] not in values and not any(map(_is_elsewhere, values))


def _is_elsewhere(text: str) -> bool:
    return text.startswith("did:web:") and text not in WORLD["dids"]


# ---------------------------------------------------------------- an agent as the caller


class SignedByAgent(AuthBase):
    """Signs a token for each call, with the access key that the agent keeps itself."""

    def __init__(self, agent: dict[str, str]):
        key = Ed25519Key(agent["key"])
        self._signer = Signer(agent["did"], f"{agent['did']}#{encode_multikey(key.public_key)}", key)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        token = build_call_token(
            self._signer,
            audience=WORLD["origin"],
            method=str(request.method),
            url=str(request.url),
            at=datetime.now(UTC),
            jti=base64.urlsafe_b64encode(sha256(secrets.token_bytes(32)).digest()[:16]).decode(),
        )
        request.headers["Authorization"] = f"Bearer {token}"
        return request


if WORLD["agent"] is not None:
    schemathesis.auth.set_from_requests(SignedByAgent(WORLD["agent"]))
