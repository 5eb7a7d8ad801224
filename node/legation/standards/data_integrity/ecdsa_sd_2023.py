"""The cryptosuite ``ecdsa-sd-2023`` (vc-di-ecdsa 1.0 §3.6): a holder shows some statements of what was signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import SigningKey
from legation.errors import InvalidKeyError, MalformedError, ProofError, SettingsError, TooLargeError
from legation.standards.data_integrity.configurations import canonicalize_config
from legation.standards.data_integrity.ecdsa_sd_2023_values import (
    HMAC_KEY_BYTES,
    MAX_STATEMENTS,
    BaseValue,
    DerivedValue,
    is_base_value,
    read_base_value,
    read_derived_value,
    read_key,
    write_key,
)
from legation.standards.data_integrity.suites import SuiteOptions, check_signing_key
from legation.standards.jsonld.rdfc import canonicalize_quads
from legation.standards.jsonld.walk import walk
from legation.standards.selective_disclosure.grouping import Statements
from legation.standards.selective_disclosure.labels import CANONICAL, given_labels, hmac_labels, read_label
from legation.standards.selective_disclosure.pointers import name_members, parse_pointers, select
from legation.standards.selective_disclosure.quads import relabel, write_lines

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts

NAME = "ecdsa-sd-2023"
_SCALAR_BYTES = 32
# a random number of 256 bits is no scalar of P-256 in one of 2^32 cases
_MAX_DRAWS = 4


@dataclass(frozen=True, slots=True)
class EcdsaSd2023:
    """The suite: ``sign`` makes a base proof, ``derive`` a proof for a verifier, and ``verify`` takes only those."""

    name: str = NAME
    key_types: frozenset[KeyType] = frozenset({KeyType.P256})

    def sign(
        self,
        document: Mapping[str, object],
        config: Mapping[str, object],
        key: SigningKey,
        contexts: Contexts,
        *,
        options: SuiteOptions,
    ) -> str:
        """Return the ``proofValue`` of a base proof (§3.6.1).

        ``options.entropy`` gives the HMAC key first, then the private key of this one proof, which nobody keeps.

        Raises:
            InvalidKeyError: a key that is not of P-256.
            SettingsError: there is no ``options.entropy``.
            MalformedError: a mandatory pointer that cannot be used, or what :class:`Statements` refuses.
            UnknownTermError, TooLargeError: as ``jsonld.canonical.canonicalize``; or more than 1024 statements to sign.
        """
        check_signing_key(self, key.public_key)
        if options.entropy is None:
            raise SettingsError(f"{NAME} needs random bytes to sign")
        _check_unchained(document)
        # every pointer names a member, also where all is mandatory: not every holder's software reads the empty one
        pointers = name_members(document, options.mandatory_pointers)
        hmac_key = options.entropy(HMAC_KEY_BYTES)
        statements = Statements(document, contexts, hmac_labels(hmac_key))
        mandatory = frozenset(statements.group(parse_pointers(pointers)).indexes)
        optional = [line for index, line in enumerate(statements.lines) if index not in mandatory]
        if len(optional) > MAX_STATEMENTS:
            raise TooLargeError(f"more than {MAX_STATEMENTS} statements could be disclosed one by one")
        once = _draw_key(options.entropy)
        public_key = write_key(once.public_key)
        data = _sign_data(config, document, contexts, public_key, [statements.lines[i] for i in sorted(mandatory)])
        signatures = tuple([once.sign(line.encode()) for line in optional])
        return BaseValue(key.sign(data), public_key, hmac_key, signatures, pointers).write()

    def verify(
        self, document: Mapping[str, object], proof: Mapping[str, object], key: PublicKey, contexts: Contexts
    ) -> None:
        """Verify a derived proof (§3.6.7).

        Raises:
            ProofError: it does not hold, it is a base proof, or the key is not of P-256.
            MalformedError, UnknownTermError, TooLargeError: as ``jsonld.canonical.canonicalize``.
        """
        if key.type not in self.key_types:
            raise ProofError(f"{NAME} does not verify with a {key.type.value} key")
        _check_unchained(document)
        if "@context" in proof and proof["@context"] != document.get("@context"):
            raise ProofError("the proof's @context is not the document's")
        value = read_derived_value(proof.get("proofValue"))
        lines = _label_lines(document, value, contexts)
        mandatory, disclosed = _split(lines, value)
        config = {name: member for name, member in proof.items() if name != "proofValue"}
        key.verify(_sign_data(config, document, contexts, value.public_key, mandatory), value.signature)
        once = read_key(value.public_key)
        for line, signature in zip(disclosed, value.signatures, strict=True):
            once.verify(line.encode(), signature)

    def is_base(self, proof: Mapping[str, object]) -> bool:
        """Say whether this is a base proof, of which verifiers are told nothing."""
        return is_base_value(proof.get("proofValue"))

    def derive(
        self,
        document: Mapping[str, object],
        proof: Mapping[str, object],
        pointers: tuple[str, ...],
        contexts: Contexts,
    ) -> dict[str, object]:
        """Return what is mandatory and what ``pointers`` name, with a derived proof for it (§3.6.6).

        ``document`` is the whole one, with or without ``proof``; other proofs than this are left out, as what they
        cover is not disclosed.

        Raises:
            ProofError: the proof is no base proof, or not one of this document.
            MalformedError: a pointer that cannot be used, or nothing to disclose.
            UnknownTermError, TooLargeError: as ``jsonld.canonical.canonicalize``.
        """
        value = read_base_value(proof.get("proofValue"))
        whole = {name: member for name, member in document.items() if name != "proof"}
        mandatory_paths = value.mandatory_paths()
        paths = (*mandatory_paths, *parse_pointers(pointers))
        if not paths:
            raise MalformedError("nothing is mandatory, and no pointer says what to disclose")
        statements = Statements(whole, contexts, hmac_labels(value.hmac_key))
        mandatory = statements.group(mandatory_paths).indexes
        combined = statements.group(paths)
        # §3.5.4: a signature for each statement that is not mandatory, in their order
        signed = [index for index in range(len(statements.lines)) if index not in set(mandatory)]
        if len(signed) != len(value.signatures):
            raise ProofError("the base proof is not one of this document", pointer="/proof/proofValue")
        signatures = dict(zip(signed, value.signatures, strict=True))
        derived = DerivedValue(
            value.signature,
            value.public_key,
            tuple([signatures[index] for index in combined.indexes if index in signatures]),
            {int(name[len(CANONICAL) :]): read_label(label) for name, label in combined.labels.items()},
            tuple([place for place, index in enumerate(combined.indexes) if index not in signatures]),
        )
        return {**select(whole, paths), "proof": {**proof, "proofValue": derived.write()}}


def is_wholly_mandatory(proof: Mapping[str, object]) -> bool:
    """Say whether all statements under a derived proof are mandatory: its issuer left its holder no choice.

    It judges the form of one proof whose signature is verified elsewhere.

    Raises:
        ProofError: it is no derived proof.
    """
    return not read_derived_value(proof.get("proofValue")).signatures


def _check_unchained(document: Mapping[str, object]) -> None:
    # The previous proofs would be statements of the document, and what is derived could not show them whole.
    if "proof" in document:
        raise MalformedError(
            f"an {NAME} proof follows no other proof in a chain",
            pointer="/proof",
            fix="Put it into a set of proofs, without previousProof.",
        )


def _draw_key(entropy: Callable[[int], bytes]) -> PrivateKey:
    for _ in range(_MAX_DRAWS):
        try:
            return PrivateKey(KeyType.P256, entropy(_SCALAR_BYTES))
        except InvalidKeyError:
            continue
    raise SettingsError("the random bytes that were given are not random")


def _sign_data(
    config: Mapping[str, object],
    document: Mapping[str, object],
    contexts: Contexts,
    public_key: bytes,
    mandatory: list[str],
) -> bytes:
    # §3.5.1, with §3.6.3 and §3.6.4: the configuration has the document's context
    written = canonicalize_config(config, document.get("@context"), contexts, algorithm="sha256")
    return sha256(written).digest() + public_key + sha256("".join(mandatory).encode()).digest()


def _label_lines(document: Mapping[str, object], value: DerivedValue, contexts: Contexts) -> tuple[str, ...]:
    quads = walk(document, contexts)
    found = canonicalize_quads(quads).labels
    if len(found) != len(value.labels):
        raise ProofError("the proof has labels for another number of nodes", pointer="/proof/proofValue")
    labels = given_labels(value.labels)(found.values())
    return write_lines(relabel(quads, {name: labels[label] for name, label in found.items()}))


def _split(lines: tuple[str, ...], value: DerivedValue) -> tuple[list[str], list[str]]:
    if value.mandatory_indexes and value.mandatory_indexes[-1] >= len(lines):
        raise ProofError("a mandatory index is beyond the statements", pointer="/proof/proofValue")
    chosen = frozenset(value.mandatory_indexes)
    disclosed = [line for index, line in enumerate(lines) if index not in chosen]
    if len(disclosed) != len(value.signatures):
        raise ProofError("the proof has not one signature for each statement", pointer="/proof/proofValue")
    return [lines[index] for index in value.mandatory_indexes], disclosed


ECDSA_SD_2023 = EcdsaSd2023()
