"""What a credential must be, whatever secures it, at issue and at verification alike: VC Data Model 2.0, and 1.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from legation.errors import LegationError, MalformedError, UnknownTermError
from legation.standards.jsonld.contexts import Contexts
from legation.standards.vc.contexts_rules import Vocabulary, check_members, read_vocabulary
from legation.standards.vc.identifiers import check_id, check_reference, check_url
from legation.standards.vc.names import check_texts
from legation.standards.vc.periods import read_period
from legation.standards.vc.related_resources import FindBytes, check_related_resources, find_published
from legation.standards.vc.type_names import Node, read_main_types, read_objects, read_typed
from legation.standards.vc.values import check_values

# by URL: bytes, or what has them in `raw`, as a ContextDocument does
Resources: TypeAlias = Mapping[str, object]

_TYPED = ("evidence", "termsOfUse", "confidenceMethod", "renderMethod")
_EARLIER = ("issuanceDate", "expirationDate")


@dataclass(frozen=True, slots=True)
class CredentialForm:
    """A credential whose form is right. ``valid_from`` and ``valid_until`` are nanoseconds since 1970.

    ``subjects``, ``status``, ``schemas``, ``refresh``, ``evidence``, ``terms`` are its objects as they stand;
    ``unknown_schemas`` the ids of JSON Schemas that it was not held against, because they are not at hand.
    """

    version: str
    id: str | None
    types: tuple[str, ...]
    issuer: str
    subjects: tuple[Node, ...]
    valid_from: int | None
    valid_until: int | None
    status: tuple[Node, ...]
    schemas: tuple[Node, ...]
    unknown_schemas: tuple[str, ...]
    refresh: tuple[Node, ...]
    evidence: tuple[Node, ...]
    terms: tuple[Node, ...]


def check_credential(
    document: Node, *, contexts: Contexts, resources: Resources | None = None, unknown_schemas: bool = False
) -> CredentialForm:
    """Check every "must" of the data model that depends on neither time nor proofs.

    ``resources`` are published bytes by URL, beside the contexts themselves: JSON Schemas, and what ``relatedResource``
    and digests name. With ``unknown_schemas`` a JSON Schema that is not at hand is reported and not refused.

    Raises:
        MalformedError: a member is not of its form; a digest is not that of the bytes at hand (``digest_mismatch``);
            the credential is not as a schema asks (``schema_mismatch``), or that schema is none (``schema_unusable``).
        UnknownTermError: a type, or a member where there must be no other; a context that is not at hand
            (``context_unknown``), or a schema (``schema_unknown``).
        TooLargeError: more than a bound allows.
    """
    find = find_published(contexts, resources)
    vocabulary = read_vocabulary(document, contexts)
    check_members(document, vocabulary, "")
    types = read_main_types(document, vocabulary, "VerifiableCredential")
    identifier = check_id(document, "")
    issuer = _read_issuer(document, vocabulary)
    check_texts(document, "")
    subjects = _read_subjects(document, vocabulary)
    begins, ends = _read_period(document, vocabulary.version)
    earlier = vocabulary.version == "1.1"
    # VCDM 1.1 §4.9, §5.4: an id was required of a status and a refresh service; in 2.0 (§4.10, §5.4) it is not
    status = read_typed(document, "credentialStatus", vocabulary, needs_id=earlier)
    refresh = read_typed(document, "refreshService", vocabulary, needs_id=earlier)
    schemas = read_typed(document, "credentialSchema", vocabulary, needs_id=True)
    typed = {member: read_typed(document, member, vocabulary) for member in _TYPED if member in document}
    check_proofs(document)
    if "relatedResource" in document:
        check_related_resources(document, find)
    check_values(document, find)
    unknown = _check_schemas(document, schemas, vocabulary, find, unknown_schemas) if schemas else ()
    return CredentialForm(
        vocabulary.version,
        identifier,
        types,
        issuer,
        subjects,
        begins,
        ends,
        status,
        schemas,
        unknown,
        refresh,
        typed.get("evidence", ()),
        typed.get("termsOfUse", ()),
    )


def check_period(form: CredentialForm, at: int) -> None:
    """Refuse a credential outside of its period; both ends belong to it (VCDM 2.0 §4.9).

    Raises:
        LegationError: ``not_yet_valid`` or ``expired``.
    """
    if form.valid_from is not None and at < form.valid_from:
        pointer = "/validFrom" if form.version == "2.0" else "/issuanceDate"
        raise LegationError("the credential is not valid yet", code="not_yet_valid", pointer=pointer)
    if form.valid_until is not None and at > form.valid_until:
        pointer = "/validUntil" if form.version == "2.0" else "/expirationDate"
        raise LegationError("the credential has expired", code="expired", pointer=pointer)


def check_proofs(document: Node) -> None:
    """Check that each embedded proof is an object with a type (VCDM 2.0 §4.5, §4.12). Raises MalformedError."""
    for proof in read_objects(document, "proof") if "proof" in document else ():
        if not isinstance(proof.get("type"), str) or not proof["type"]:
            raise MalformedError("a proof has a type", pointer="/proof/type")


def _read_issuer(document: Node, vocabulary: Vocabulary) -> str:
    """VCDM 2.0 §4.7: a URL, or an object with one."""
    issuer = document.get("issuer")
    if isinstance(issuer, dict):
        check_members(issuer, vocabulary.within(issuer, "/issuer"), "/issuer")
        check_texts(issuer, "/issuer")
    return check_reference(issuer, "/issuer")


def _read_subjects(document: Node, vocabulary: Vocabulary) -> tuple[Node, ...]:
    """VCDM 2.0 §4.8: objects, each of which is the subject of one or more claims."""
    subjects = read_objects(document, "credentialSubject")
    if not subjects:
        raise MalformedError("a credential has a credentialSubject", pointer="/credentialSubject")
    for subject in subjects:
        if not subject.keys() - {"@context"}:
            raise MalformedError("a subject without a claim", pointer="/credentialSubject")
        check_members(subject, vocabulary.within(subject, "/credentialSubject"), "/credentialSubject")
        if "id" in subject:
            check_url(subject["id"], "/credentialSubject/id")
    return subjects


def _read_period(document: Node, version: str) -> tuple[int | None, int | None]:
    if version == "2.0":
        for member in _EARLIER:
            # an end of validity that nobody here would look at
            if member in document:
                raise UnknownTermError("VCDM 2.0 says validFrom and validUntil", pointer=f"/{member}")
        return read_period(document, ("validFrom",), ("validUntil",))
    # VCDM 1.1 §4.6: issuanceDate is required, and to be replaced by validFrom; who says both means both
    if "issuanceDate" not in document:
        raise MalformedError("a credential of VCDM 1.1 has an issuanceDate", pointer="/issuanceDate")
    return read_period(document, ("issuanceDate", "validFrom"), ("expirationDate", "validUntil"))


def _check_schemas(
    document: Node, schemas: tuple[Node, ...], vocabulary: Vocabulary, find: FindBytes, lenient: bool
) -> tuple[str, ...]:
    from legation.standards.vc.schemas import check_schemas, refuse_unknown  # only where there is a schema

    def check_form(credential: Node) -> object:
        # the credential of a schema names the schema of such credentials, which is not followed in its turn
        bare = {name: value for name, value in credential.items() if name != "credentialSchema"}
        return check_credential(bare, contexts=vocabulary.contexts)

    unknown = check_schemas(document, schemas, vocabulary, find, check_form)
    if not lenient:
        refuse_unknown(unknown)
    return unknown
