"""The key that opens a wallet, read from a file that only its owner may read."""

from __future__ import annotations

import os
import unicodedata
from enum import Enum
from hmac import compare_digest
from pathlib import Path

from aries_askar import Store

from legation.adapters.private_files import read_private, write_private
from legation.domain.text import is_plain_text
from legation.errors import MalformedError, SettingsError, WalletError
from legation.standards.multiformats import decode_base58

_MAX_FILE_BYTES = 4096
_MAX_PASSPHRASE_CHARS = 1024
_RAW_KEY_BYTES = 32


class KeyMethod(Enum):
    """How the store's key comes from what is in the file, in Askar's words."""

    RAW = "raw"
    PASSPHRASE = "kdf:argon2i:mod"  # noqa: S105 - the name of a method, no secret


class WalletKey:
    """What opens a wallet; no text of it shows the secret."""

    __slots__ = ("_secret", "method")

    def __init__(self, method: KeyMethod, secret: str):
        self.method = method
        self._secret = secret

    @classmethod
    def raw_file(cls, path: str | os.PathLike[str]) -> WalletKey:
        """Read a raw key as :meth:`create_raw_file` writes it: 32 bytes in base58.

        Raises:
            NotFoundError: there is no such file.
            SettingsError: others may read it, or it holds no raw key.
        """
        secret = _find_raw_key(_read(Path(path)))
        if secret is None:
            raise SettingsError(
                f"the file {path} holds no raw wallet key: 32 bytes in base58",
                fix="Make one with WalletKey.create_raw_file, or use the file as a passphrase.",
            )
        return cls(KeyMethod.RAW, secret)

    @classmethod
    def passphrase_file(cls, path: str | os.PathLike[str]) -> WalletKey:
        """Read a passphrase, the first line of a file; Argon2i (moderate) makes the key of it.

        Raises:
            NotFoundError: there is no such file.
            SettingsError: others may read it, or its first line is empty, too long, or holds control characters.
        """
        secret = _find_passphrase(_read(Path(path)))
        if secret is None:
            raise SettingsError(
                f"the first line of {path} is no passphrase: 1 to {_MAX_PASSPHRASE_CHARS} characters, none invisible"
            )
        return cls(KeyMethod.PASSPHRASE, secret)

    @classmethod
    def create_raw_file(cls, path: str | os.PathLike[str]) -> WalletKey:
        """Make a new random key, write it to a new file of mode 0600, and return it.

        Raises:
            ConflictError: there is a file of that name; a key is never overwritten.
            SettingsError: the folder is not there or cannot be written.
        """
        key = cls(KeyMethod.RAW, Store.generate_raw_key())
        write_private(Path(path), key.reveal().encode("ascii") + b"\n")
        return key

    def reveal(self) -> str:
        """Return the secret, for Askar alone."""
        return self._secret

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WalletKey):
            return NotImplemented
        return self.method is other.method and compare_digest(self._secret.encode(), other._secret.encode())

    __hash__ = None  # type: ignore[assignment] # nothing keeps keys by their hash

    def __repr__(self) -> str:
        return f"WalletKey({self.method.value})"

    def __reduce__(self) -> str:
        raise WalletError("a wallet's key is not written anywhere but to its file")


def _read(path: Path) -> bytes:
    return read_private(path, max_bytes=_MAX_FILE_BYTES)


# Both answer None, and their callers raise: so no frame of an error holds what stands in the file.
def _find_raw_key(content: bytes) -> str | None:
    try:
        text = content.decode("ascii").strip(" \t\r\n")
        return text if text and len(decode_base58(text)) == _RAW_KEY_BYTES else None
    except (UnicodeDecodeError, MalformedError):
        return None


def _find_passphrase(content: bytes) -> str | None:
    try:
        line = content.partition(b"\n")[0].removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        return None
    # RFC 8265 §4.2.2: the same passphrase, however a keyboard composes it
    phrase = unicodedata.normalize("NFC", line)
    # Askar takes a C string, which a NUL would cut short
    plain = bool(phrase.strip()) and len(phrase) <= _MAX_PASSPHRASE_CHARS and is_plain_text(phrase)
    return phrase if plain else None
