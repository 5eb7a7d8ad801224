"""The parameters of a did:webvh log, each entry's over those before (did:webvh 1.0, "DID Method Parameters")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType

from legation.crypto.keys import KeyType
from legation.errors import LegationError, MalformedError, UnknownTermError
from legation.standards.multiformats import decode_multikey, encode_base58

METHOD = "did:webvh:1.0"
DEFAULT_TTL = 3600
MAX_LIST = 64
_MAX_TTL = 2**31
_MAX_CHARS = 2048
_DID_KEY = "did:key:"


@dataclass(frozen=True, slots=True)
class WitnessRule:
    """Who witnesses ("The witness Parameter"): the DIDs, all different, and how many of them are enough."""

    threshold: int
    witnesses: tuple[str, ...]

    def write(self) -> dict[str, object]:
        """Return the JSON form."""
        return {"threshold": self.threshold, "witnesses": [{"id": did} for did in self.witnesses]}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is in force after an entry."""

    scid: str
    update_keys: tuple[str, ...]
    next_key_hashes: tuple[str, ...] = ()
    witness: WitnessRule | None = None
    watchers: tuple[str, ...] = ()
    portable: bool = False
    deactivated: bool = False
    ttl: int = DEFAULT_TTL


def hash_multibase(data: bytes) -> str:
    """Return the SHA-256 multihash of ``data`` in base58btc, without a multibase prefix."""
    return encode_base58(b"\x12\x20" + sha256(data).digest())


def hash_key(multikey: str) -> str:
    """Return what ``nextKeyHashes`` says of a Multikey ("Pre-Rotation Key Hash Generation and Verification")."""
    return hash_multibase(multikey.encode("utf-8"))


def read_first(value: object) -> Parameters:
    """Read the parameters of the first entry, where ``method``, ``scid`` and ``updateKeys`` are required.

    Raises:
        MalformedError: one is missing, or has a value that the specification does not allow.
        UnknownTermError: a parameter, or a version of the specification, that this one does not know.
    """
    read = _read(value)
    if not {"method", "scid", "update_keys"} <= read.keys():
        raise MalformedError("the first entry lacks method, scid or updateKeys")
    del read["method"]
    return Parameters(**read)  # type: ignore[arg-type]  # each reader below gives its member's type


def read_next(value: object, before: Parameters) -> Parameters:
    """Read the parameters of a later entry: those that it has not keep their values.

    Raises:
        MalformedError, UnknownTermError: as :func:`read_first`; a second scid; a DID made portable, or active, again;
            or, under pre-rotation, keys that are missing or that nobody committed to.
    """
    read = _read(value)
    if "scid" in read:
        raise MalformedError("scid stands in the first entry only")
    if read.get("portable") and not before.portable:
        raise MalformedError("a DID is portable from its first entry, or never")
    read.pop("method", None)
    after = replace(before, **read)  # type: ignore[arg-type]  # as above
    if before.next_key_hashes:
        _check_commitment(read, after, before)
    return after


def signing_keys(before: Parameters | None, after: Parameters) -> tuple[str, ...]:
    """Return the update keys of which one must have signed an entry ("Authorized Keys").

    Pre-rotation counts from the entry after the commitment: an entry that brings the first hashes is still signed by
    the keys before it, or whoever writes the file could name a key, commit to another and sign with the first.
    """
    return after.update_keys if before is None or before.next_key_hashes else before.update_keys


def witness_rule(before: Parameters | None, after: Parameters) -> WitnessRule | None:
    """Return who must witness an entry ("witness"): the list before it, and where there was none, its own."""
    return after.witness if before is None or before.witness is None else before.witness


def parse_witness(value: object) -> WitnessRule | None:
    """Read a ``witness`` parameter; None is ``{}``, nobody. Raises MalformedError, UnknownTermError."""
    if value == {} or value is None:
        return None
    if not isinstance(value, dict):
        raise MalformedError("witness is not an object")
    _refuse_unknown(value.keys() - {"threshold", "witnesses"})
    threshold, entries = value.get("threshold"), value.get("witnesses")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_LIST:
        raise MalformedError(f"witnesses are an array of one to {MAX_LIST}")
    witnesses = tuple(_read_witness(entry) for entry in entries)
    if len(set(witnesses)) != len(witnesses):
        raise MalformedError("a witness stands twice in the list, and would count twice")
    if type(threshold) is not int or not 1 <= threshold <= len(witnesses):
        raise MalformedError("the threshold of witnesses is not an integer from 1 to their number")
    return WitnessRule(threshold, witnesses)


def _check_commitment(read: Mapping[str, object], after: Parameters, before: Parameters) -> None:
    # "nextKeyHashes": while pre-rotation is active, both must be present; inherited keys would undo it
    if not {"update_keys", "next_key_hashes"} <= read.keys() or not after.update_keys:
        raise MalformedError("under pre-rotation, an entry has updateKeys and nextKeyHashes of its own")
    if not {hash_key(key) for key in after.update_keys} <= set(before.next_key_hashes):
        raise MalformedError("an update key is not one that the entry before committed to")


def _read(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MalformedError("the parameters are not an object")
    _refuse_unknown(value.keys() - _READERS.keys())
    return {member: reader(value[name]) for name, (member, reader) in _READERS.items() if name in value}


def _refuse_unknown(names: set[str]) -> None:
    if names:
        raise UnknownTermError("a parameter is not one of did:webvh 1.0")


def _read_method(value: object) -> str:
    if value != METHOD:
        raise UnknownTermError(f"the log is of a version of did:webvh that is not {METHOD}")
    return METHOD


def _read_text(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= _MAX_CHARS:
        raise MalformedError(f"a parameter is not text of 1 to {_MAX_CHARS} characters")
    return value


def _read_list(value: object) -> tuple[str, ...]:
    # "General Rules", note: null is not valid any more, and means what it meant to early implementations
    entries = [] if value is None else value
    if not isinstance(entries, list) or len(entries) > MAX_LIST:
        raise MalformedError(f"a parameter is not an array of at most {MAX_LIST}")
    return tuple(_read_text(entry) for entry in entries)


def _read_flag(value: object) -> bool:
    if type(value) is not bool:
        raise MalformedError("a parameter is not true or false")
    return value


def _read_ttl(value: object) -> int:
    if value is None:
        return DEFAULT_TTL
    if type(value) is not int or not 0 <= value <= _MAX_TTL:
        raise MalformedError("ttl is not an integer from 0 to 2^31")
    return value


def _read_witness(entry: object) -> str:
    if not isinstance(entry, dict):
        raise MalformedError("a witness is not an object")
    _refuse_unknown(entry.keys() - {"id"})
    did = entry.get("id")
    if not isinstance(did, str) or not did.startswith(_DID_KEY):
        raise MalformedError("a witness is not named by a did:key")
    try:
        key = decode_multikey(did.removeprefix(_DID_KEY))
    except LegationError as error:
        raise MalformedError(f"a witness has no usable key: {error.detail}") from error
    if key.type is not KeyType.ED25519:
        raise MalformedError("a witness signs with eddsa-jcs-2022, which takes an Ed25519 key")
    return did


_READERS: Mapping[str, tuple[str, Callable[[object], object]]] = MappingProxyType(
    {
        "method": ("method", _read_method),
        "scid": ("scid", _read_text),
        "updateKeys": ("update_keys", _read_list),
        "nextKeyHashes": ("next_key_hashes", _read_list),
        "witness": ("witness", parse_witness),
        "watchers": ("watchers", _read_list),
        "portable": ("portable", _read_flag),
        "deactivated": ("deactivated", _read_flag),
        "ttl": ("ttl", _read_ttl),
    }
)
