"""What a JSON-LD document must not hold, so that what is signed is what is read (VC Data Integrity 1.0 §2.4.1, §4.6).

The rules, over what JSON-LD itself asks for:

* every member survives: an undefined term, a null, an empty array, an object that says nothing, is refused, because
  the statements that are signed would not show it;
* every identifier is absolute: a relative one would mean something else wherever the document is read;
* nothing is renamed: what a pinned context has a name for is said by that name, and not by its IRI, a compact IRI, a
  keyword for which there is an alias, or a name that the document brings along. Else anybody could take
  ``credentialStatus`` or ``validUntil`` out of the sight of readers of the JSON while the proof still holds (VCDM 2.0
  §1.3: a conforming document is a compacted one);
* an identifier is written in full where its prefix would be the document's own; a number or truth value is written as
  JSON has it; and no array holds two objects of one ``id``, nor an object the ``id`` and a type of the document itself:
  each would say to readers of the JSON something else than was said to the signer;
* ``@graph``, ``@included``, ``@reverse``, ``@nest`` and ``@index`` are refused as members: they say in a second way
  what a reader of the JSON looks for in one place, or say what is not signed;
* a context is a URL that is pinned, or an object that only adds terms (see :mod:`inline`);
* nesting, statements, their text and the contexts that are applied are bounded.

Names that a document defines by itself, by an object in its ``@context``, are its author's or of anybody who passed it
on: only those of pinned contexts are safe to be looked for. Not signed, because RDF has no such thing: the order of an
array that no context calls a list, how often the same value stands in it, whether one value stands in an array, and of
the objects with one ``id`` in different places which one has what is said of it.
"""

from __future__ import annotations

from legation.errors import MalformedError, TooLargeError, UnknownTermError

MAX_DEPTH = 32
REFUSED_KEYWORDS = frozenset({"@graph", "@included", "@index", "@nest", "@reverse"})
KEYWORDS = REFUSED_KEYWORDS | {
    "@base",
    "@container",
    "@context",
    "@default",
    "@direction",
    "@embed",
    "@explicit",
    "@first",
    "@id",
    "@import",
    "@json",
    "@language",
    "@list",
    "@none",
    "@omitDefault",
    "@propagate",
    "@protected",
    "@preserve",
    "@requireAll",
    "@set",
    "@type",
    "@value",
    "@version",
    "@vocab",
}


def undefined_term(term: object) -> UnknownTermError:
    """Return the refusal of a member that no context defines."""
    return UnknownTermError(
        f"the member {str(term)[:100]!r} is defined by no @context, so that no proof would cover it",
        fix="Define it in the @context, or leave it out.",
    )


def renamed(name: object) -> UnknownTermError:
    """Return the refusal of a member or type that has a name of its own in a pinned context."""
    return UnknownTermError(
        f"{str(name)[:100]!r} stands for what the @context has another name for", fix="Compact the document."
    )


def empty_member(name: object) -> UnknownTermError:
    """Return the refusal of a member that says nothing: null, an empty array, a graph without statements."""
    return UnknownTermError(
        f"the member {str(name)[:100]!r} says nothing, so that no proof would cover it", fix="Leave it out."
    )


def refused_keyword(keyword: str) -> UnknownTermError:
    """Return the refusal of a keyword, or of a member that stands for one."""
    return UnknownTermError(f"{keyword} is refused: the data model has no place for it")


def said_twice(keyword: str) -> MalformedError:
    """Return the refusal of an object with two members that stand for the same keyword."""
    return MalformedError(f"an object says its {keyword} twice")


def described_twice(name: object) -> MalformedError:
    """Return the refusal of an array in which one thing is described by two objects."""
    return MalformedError(f"{str(name)[:100]!r} holds two objects with one id", fix="Put their members into one.")


def not_plain(name: object) -> MalformedError:
    """Return the refusal of a number or truth value that is not written as JSON has it: "false" is true to many."""
    return MalformedError(f"{str(name)[:100]!r} is no plain number or truth value", fix="Write it as JSON does.")


def shortened(identifier: object) -> MalformedError:
    """Return the refusal of an identifier that the document's own context makes into another one."""
    return MalformedError(
        f"the identifier {str(identifier)[:100]!r} begins with a prefix of the document's own", fix="Write it in full."
    )


def relative_identifier(identifier: object) -> MalformedError:
    """Return the refusal of an identifier that is no absolute IRI."""
    return MalformedError(
        f"the identifier {str(identifier)[:100]!r} is not an absolute IRI", fix="Write it as an absolute IRI."
    )


def too_deep() -> TooLargeError:
    """Return the refusal of a document that is nested too deep."""
    return TooLargeError(f"the document is nested deeper than {MAX_DEPTH}")
