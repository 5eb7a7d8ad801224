"""A private key in Askar's memory, behind the handle that signs with it."""

from __future__ import annotations

from aries_askar import Key, KeyAlg

from legation.adapters.askar.failures import unreadable, working
from legation.adapters.askar.store import closed
from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.errors import InvalidKeyError, WalletError

ALGORITHMS = {KeyType.ED25519: KeyAlg.ED25519, KeyType.P256: KeyAlg.P256, KeyType.P384: KeyAlg.P384}


class AskarSigningKey:
    """A private key that signs until it is forgotten (port ``SigningKey``); no text of it shows the key."""

    __slots__ = ("__weakref__", "_key", "public_key")

    def __init__(self, key: Key, key_type: KeyType):
        """Take Askar's handle. Raises WalletError if it holds no key of that type."""
        self._key: Key | None = key
        self.public_key = read_public_key(key, key_type)

    def sign(self, message: bytes) -> bytes:
        """Return R‖S of RFC 8032, or r‖s of RFC 7518 §3.4. Raises WalletError once the wallet is closed."""
        # once, as it may sign in another thread than the one that forgets it
        key = self._key
        if key is None:
            raise closed()
        with working():
            return key.sign_message(message)

    def forget(self) -> None:
        """Let go of the handle; Askar wipes the key."""
        self._key = None

    def __repr__(self) -> str:
        return f"AskarSigningKey({self.public_key.type.value})"

    def __reduce__(self) -> str:
        raise WalletError("a private key is not copied, and not written anywhere but to its wallet")


def generate_key(key_type: KeyType) -> Key:
    """Make a key in Askar's memory. Raises InvalidKeyError for a type that it has not."""
    if key_type not in ALGORITHMS:
        raise InvalidKeyError("a wallet makes keys of Ed25519, P-256 and P-384")
    with working():
        return Key.generate(ALGORITHMS[key_type])


def read_public_key(key: Key, key_type: KeyType) -> PublicKey:
    """Return the public part, checked as any stranger's. Raises WalletError ``wallet_unreadable``."""
    with working():
        algorithm, public = key.algorithm, key.get_public_bytes()
    if algorithm is not ALGORITHMS[key_type]:
        raise unreadable("the wallet holds a key of another type than its agent names")
    try:
        return load_public_key(key_type, public)
    except InvalidKeyError as error:
        raise unreadable("the wallet holds a key that cannot be used") from error
