"""Agents: a name of their own, the DID that they go by, and the one key that signs for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from legation.crypto.keys import KeyType, PublicKey
from legation.errors import MalformedError, NotFoundError, ResolutionError
from legation.standards.did.key import build_did_key
from legation.standards.did.methods import resolve_offline
from legation.standards.did.syntax import is_did, split_did_url
from legation.standards.multiformats import encode_multikey

# a DNS label in lower case: an agent's name stands in URLs and in did:web
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MEMBERS = frozenset({"name", "did", "method", "keyType"})


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent: its name, its DID, the DID URL of its verification method, and the type of its key."""

    name: str
    did: str
    method: str
    key_type: KeyType

    def to_record(self) -> dict[str, str]:
        """Return it as JSON members."""
        return {"name": self.name, "did": self.did, "method": self.method, "keyType": self.key_type.value}


def parse_agent_name(name: object) -> str:
    """Return a name of 1 to 63 lower-case letters, digits and hyphens, no hyphen first. Raises MalformedError."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise MalformedError(
            "an agent's name is not 1 to 63 lower-case letters, digits and hyphens",
            fix="Take a name such as planner or invoice-bot-2.",
        )
    return name


def find_agent_name(name: str) -> str:
    """Return a name by which an agent may be looked up. Raises NotFoundError for one that no agent has."""
    try:
        return parse_agent_name(name)
    except MalformedError as error:
        # stores differ in what they make of a NUL or a lone surrogate
        raise NotFoundError("there is no such agent") from error


def check_hosted_did(did: object) -> None:
    """Refuse a DID that an agent cannot be given: it is hosted somewhere, and lists the agent's key there.

    Raises:
        ResolutionError: not a DID, of an unknown method, or one that its method refuses.
        MalformedError: a DID that is its own key, and hence not the new agent's.
    """
    if not is_did(did):
        raise ResolutionError("this is not a DID")
    if resolve_offline(did) is not None:
        raise MalformedError(
            "the DID holds a key of its own, and the agent gets a new one",
            fix="Leave the DID out for a did:key, or give a did:web.",
        )


def describe_agent(name: str, key: PublicKey, did: str | None = None) -> Agent:
    """Return the agent of that name and key: a did:key, or the hosted DID, where its document lists the Multikey.

    Raises:
        MalformedError, ResolutionError: as :func:`parse_agent_name` and :func:`check_hosted_did`.
    """
    parse_agent_name(name)
    if did is None:
        did = build_did_key(key)
    else:
        check_hosted_did(did)
    return Agent(name, did, f"{did}#{encode_multikey(key)}", key.type)


def parse_agent(record: object) -> Agent:
    """Read an agent as :meth:`Agent.to_record` wrote it. Raises MalformedError."""
    if not isinstance(record, dict) or record.keys() != _MEMBERS:
        raise MalformedError("the record of an agent has other members than it should")
    name, did, method = parse_agent_name(record["name"]), record["did"], record["method"]
    if not is_did(did) or split_did_url(method)[0] != did:
        raise MalformedError("the record of an agent names a method of another DID")
    try:
        return Agent(name, did, method, KeyType(record["keyType"]))
    except ValueError as error:
        raise MalformedError("the record of an agent names an unknown type of key") from error
