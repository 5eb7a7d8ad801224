"""What a presentation must be, whatever secures it: VC Data Model 2.0 §4.13, and 1.1 §4.10."""

from __future__ import annotations

import re
from dataclasses import dataclass

from legation.errors import LegationError, MalformedError, TooLargeError
from legation.standards.jsonld.contexts import Contexts
from legation.standards.vc.contexts_rules import Vocabulary, check_members, read_vocabulary
from legation.standards.vc.credentials import check_proofs
from legation.standards.vc.enveloping import find_enveloped
from legation.standards.vc.identifiers import check_id, check_reference
from legation.standards.vc.names import check_texts
from legation.standards.vc.type_names import Node, read_main_types, read_objects, read_typed

ENVELOPED_CREDENTIAL = "EnvelopedVerifiableCredential"
ENVELOPED_PRESENTATION = "EnvelopedVerifiablePresentation"
MAX_CREDENTIALS = 100
_MEDIA_TYPE = re.compile(r"[a-z0-9.+\-]{1,64}/[a-z0-9.+\-]{1,64}(?:;[a-z0-9=.+\-]{1,64})*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PresentationForm:
    """A presentation whose form is right; ``credentials`` are its entries as they stand, embedded or enveloped."""

    version: str
    id: str | None
    types: tuple[str, ...]
    holder: str | None
    credentials: tuple[Node, ...]
    terms: tuple[Node, ...]

    @property
    def embedded(self) -> tuple[Node, ...]:
        """The entries that are credentials themselves."""
        return tuple(entry for entry in self.credentials if not is_enveloped(entry))


def is_enveloped(entry: Node) -> bool:
    """Tell whether an entry of a checked presentation is an enveloped credential."""
    return entry.get("type") in (ENVELOPED_CREDENTIAL, [ENVELOPED_CREDENTIAL])


def check_presentation(document: Node, *, contexts: Contexts) -> PresentationForm:
    """Check every "must" of the data model on a presentation itself, and the shape of its entries.

    Each embedded entry is for :func:`credentials.check_credential`, each enveloped one for its mechanism.

    Raises:
        MalformedError, UnknownTermError: a member is not of its form, or a type or context is unknown.
        TooLargeError: more than a bound allows.
    """
    vocabulary = read_vocabulary(document, contexts)
    check_members(document, vocabulary, "")
    types = read_main_types(document, vocabulary, "VerifiablePresentation")
    check_texts(document, "")
    holder = None
    if "holder" in document:
        holder = check_reference(document["holder"], "/holder")
        if isinstance(document["holder"], dict):
            _check_holder(document["holder"], vocabulary)
    entries = read_objects(document, "verifiableCredential")
    if len(entries) > MAX_CREDENTIALS:
        raise TooLargeError(
            f"a presentation has at most {MAX_CREDENTIALS} credentials", pointer="/verifiableCredential"
        )
    for index, entry in enumerate(entries):
        _check_entry(entry, contexts, f"/verifiableCredential/{index}")
    terms = read_typed(document, "termsOfUse", vocabulary)
    read_typed(document, "refreshService", vocabulary)
    check_proofs(document)
    identifier = check_id(document, "")
    if identifier is not None and identifier.lower().startswith("data:"):
        # §4.13.2: without its type an envelope would pass for a presentation of nothing
        raise MalformedError("a data: URL names what is enveloped, and the type says so then", pointer="/id")
    return PresentationForm(vocabulary.version, identifier, types, holder, entries, terms)


def _check_holder(holder: Node, vocabulary: Vocabulary) -> None:
    check_members(holder, vocabulary.within(holder, "/holder"), "/holder")
    check_texts(holder, "/holder")


def _check_entry(entry: Node, contexts: Contexts, pointer: str) -> None:
    """VCDM 2.0 §4.13: a credential or an enveloped one, an object in either case."""
    value = entry.get("type")
    types = value if isinstance(value, list) else [value]
    if "VerifiableCredential" not in types and ENVELOPED_CREDENTIAL not in types:
        raise MalformedError("this is neither a credential nor an enveloped one", pointer=f"{pointer}/type")
    if ENVELOPED_CREDENTIAL in types:
        try:
            read_enveloped(entry, ENVELOPED_CREDENTIAL, contexts=contexts)
        except MalformedError as error:
            raise MalformedError(error.detail, pointer=f"{pointer}{error.pointer or ''}") from error


def read_enveloped(value: Node, kind: str, *, contexts: Contexts) -> tuple[str, str]:
    """Return media type and token of an enveloped credential or presentation (VCDM 2.0 §4.13.1, §4.13.2).

    Its ``@context`` is credentials/v2, alone or before others that are at hand; which media types there are is for
    who opens it.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: another type, context or member, or no data: URL.
    """
    if read_vocabulary(value, contexts).version != "2.0":
        raise MalformedError("an enveloping object's @context is credentials/v2", pointer="/@context")
    context = value["@context"]
    media, token = find_enveloped(value, kind, extended=context if isinstance(context, list) else None)
    if not token or _MEDIA_TYPE.fullmatch(media) is None:
        raise MalformedError("an enveloping object's id is a data: URL with a media type and a token", pointer="/id")
    return media, token


def check_self_asserted(form: PresentationForm, presenter: str) -> None:
    """Check what a presentation that ``presenter`` secured says of who holds it, and its self-asserted credentials.

    A credential without a proof of its own is only secured by the presentation: then there is a holder, who is its
    issuer (VCDM 2.0 §4.13.4). And a holder is who secured the presentation.

    Raises:
        LegationError: ``holder_mismatch``.
    """
    if form.holder is not None and form.holder != presenter:
        raise LegationError(
            "another than the holder secured the presentation", code="holder_mismatch", pointer="/holder"
        )
    for index, entry in enumerate(form.credentials):
        if is_enveloped(entry) or "proof" in entry:
            continue
        pointer = f"/verifiableCredential/{index}/issuer"
        if form.holder is None or check_reference(entry.get("issuer"), pointer) != form.holder:
            raise LegationError(
                "a credential without a proof of its own has the holder as its issuer",
                code="holder_mismatch",
                pointer=pointer,
            )
