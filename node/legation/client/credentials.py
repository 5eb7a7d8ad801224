"""How a client proves who calls: an operator's token, or a token of an agent for each call."""

from __future__ import annotations

import os
import re
from pathlib import Path
from secrets import token_urlsafe
from typing import Protocol

from legation.adapters.private_files import read_private
from legation.crypto.signing import Signer
from legation.errors import SettingsError
from legation.ports.clock import Clock

_MAX_FILE_BYTES = 4096
_JTI_BYTES = 16
# RFC 6750 §2.1, b68token: nothing that could end a header
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,4096}=*")
_HIDDEN = "…"


class Credentials(Protocol):
    """Who calls."""

    def authorize(self, method: str, url: str) -> str | None:
        """Return the value of ``Authorization`` for one attempt at a call. Raises what the signer raises."""

    def hide(self, text: str) -> str:
        """Return a text without the secret, should it hold it."""


class Nobody:
    """A caller who says nothing about itself."""

    def authorize(self, method: str, url: str) -> str | None:
        """Return None."""
        return None

    def hide(self, text: str) -> str:
        """Return the text: there is no secret."""
        return text


class BearerToken:
    """A token that serves for every call; no text of it shows the secret."""

    __slots__ = ("_token",)

    def __init__(self, token: str):
        self._token = token

    def authorize(self, method: str, url: str) -> str | None:
        """Return the token."""
        return f"Bearer {self._token}"

    def hide(self, text: str) -> str:
        """Return a text without the token."""
        return text.replace(self._token, _HIDDEN)

    def __repr__(self) -> str:
        return "BearerToken(…)"


class SignedCalls:
    """An agent, which signs a token of its own for every attempt (``did-auth+jwt``)."""

    def __init__(self, signer: Signer, audience: str, clock: Clock):
        self._signer = signer
        self._audience = audience
        self._clock = clock

    def authorize(self, method: str, url: str) -> str | None:
        """Return a new token, for this call alone."""
        from legation.domain.calls import build_call_token

        token = build_call_token(
            self._signer,
            audience=self._audience,
            method=method,
            url=url,
            at=self._clock.now(),
            jti=token_urlsafe(_JTI_BYTES),
        )
        return f"Bearer {token}"

    def hide(self, text: str) -> str:
        """Return the text: a token that served is worth nothing any more."""
        return text


def find_credentials(
    *,
    token: str | None,
    token_file: str | os.PathLike[str] | None,
    signer: Signer | None,
    audience: str,
    clock: Clock,
) -> Credentials:
    """Return who calls; nobody, where nothing is given.

    Raises:
        SettingsError: more than one of them is given, the token has a form that no token has, or others may read
            the file.
        NotFoundError: there is no such file.
    """
    if sum(given is not None for given in (token, token_file, signer)) > 1:
        raise SettingsError("token, token_file and signer exclude each other", fix="Give one of them.")
    if signer is not None:
        return SignedCalls(signer, audience, clock)
    if token_file is not None:
        token = read_private(Path(token_file), max_bytes=_MAX_FILE_BYTES).decode("ascii", "replace").strip()
    if token is None:
        return Nobody()
    # the text is in no error, nor in a frame that raises one
    known = BearerToken(token) if _TOKEN.fullmatch(token) is not None else None
    del token
    if known is None:
        raise SettingsError("the token is not of the form of a bearer token", fix="Give the text of the token alone.")
    return known
