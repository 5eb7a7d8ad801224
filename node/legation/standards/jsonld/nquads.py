"""N-Quads: terms in their canonical spelling (RDF 1.1 N-Quads §3, RDFC-1.0 §5)."""

from __future__ import annotations

import math
import re

from legation.errors import MalformedError
from legation.standards.jcs import canonicalize

MAX_QUADS = 4096
_XSD = "http://www.w3.org/2001/XMLSchema#"
XSD_STRING, XSD_DOUBLE, XSD_BOOLEAN = f"{_XSD}string", f"{_XSD}double", f"{_XSD}boolean"
# what JSON writes without words
NATIVE = frozenset({XSD_DOUBLE, XSD_BOOLEAN, f"{_XSD}integer"})
_I18N = "https://www.w3.org/ns/i18n#"
_RDF_JSON = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"
_MAX_INTEGER = 2**53 - 1
_LARGE = 1e21
_EXPONENT = re.compile(r"(\d)0*E\+?(-)?0*(\d)")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\\x7f\ud800-\udfff]*")
_BLANK = re.compile(r"_:[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
# XML Schema 1.1 part 2 §3.3.5, without INF and NaN; long ones are as they are
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,9})?")
_ESCAPED = re.compile(r"[\x00-\x1f\"\\\x7f\ud800-\udfff]")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def is_absolute(iri: str) -> bool:
    """Tell whether this is an absolute IRI that N-Quads can carry: a scheme, and no character that ends it early."""
    return _IRI.fullmatch(iri) is not None


def write_iri(iri: str) -> str:
    """Return ``<iri>``. Raises MalformedError for what :func:`is_absolute` refuses."""
    if _IRI.fullmatch(iri) is None:
        raise MalformedError("an identifier is not an absolute IRI", fix="Write it as an absolute IRI.")
    return f"<{iri}>"


def write_blank(identifier: str) -> str:
    """Return a blank node identifier, ``_:`` included. Raises MalformedError for one that N-Quads cannot carry."""
    if _BLANK.fullmatch(identifier) is None:
        raise MalformedError("a blank node identifier is malformed")
    return identifier


def write_literal(value: str, datatype: str = XSD_STRING, language: str | None = None) -> str:
    """Return a literal in its canonical spelling. Raises MalformedError for a datatype or language that is none."""
    quoted = f'"{_ESCAPED.sub(_escape, value)}"'
    if language is not None:
        if _LANGUAGE.fullmatch(language) is None:
            raise MalformedError("a language is not a BCP 47 tag")
        return f"{quoted}@{language}"
    return quoted if datatype == XSD_STRING else f"{quoted}^^{write_iri(datatype)}"


def write_text(value: str, language: str | None, direction: str | None) -> str:
    """Return a string with what is known of its language and direction.

    A direction becomes part of an ``i18n`` datatype (JSON-LD 1.1 §10.2), so that it is signed: no specification of a
    cryptosuite says so, the implementations that keep directions do (w3c/vc-data-integrity issue 366).

    Raises:
        MalformedError: the language is no tag, or the direction neither ``ltr`` nor ``rtl``.
    """
    if language is not None:
        language = language.lower()
        if _LANGUAGE.fullmatch(language) is None:
            raise MalformedError("a language is not a BCP 47 tag")
    if direction is None:
        return write_literal(value, language=language)
    if direction not in ("ltr", "rtl"):
        raise MalformedError("a direction is neither ltr nor rtl")
    return write_literal(value, f"{_I18N}{language or ''}_{direction}")


def write_scalar(value: str | float, datatype: str | None) -> str:
    """Return a string, number or truth value as a literal (JSON-LD 1.1 API §8.2.2), with this datatype if there is one.

    Raises:
        MalformedError: a number that others would read as another one, or not at all.
    """
    if isinstance(value, str):
        # not in the specification, but in the libraries of all others
        number = _parse_double(value) if datatype == XSD_DOUBLE else None
        return write_literal(value if number is None else _write_double(number), datatype or XSD_STRING)
    if isinstance(value, bool):
        return write_literal("true" if value else "false", datatype or f"{_XSD}boolean")
    if isinstance(value, int) and abs(value) > _MAX_INTEGER:
        raise MalformedError("an integer is beyond 2^53 - 1, where others read another number")
    if not math.isfinite(value):
        raise MalformedError("a number is not finite")
    if datatype == XSD_DOUBLE or value != int(value) or abs(value) >= _LARGE:
        return write_literal(_write_double(value), datatype or XSD_DOUBLE)
    return write_literal(str(int(value)), datatype or f"{_XSD}integer")


def write_json(value: object) -> str:
    """Return a JSON literal (JSON-LD 1.1 §10.3), in the form of RFC 8785. Raises MalformedError if it has none."""
    return write_literal(canonicalize(value).decode(), _RDF_JSON)


def _parse_double(text: str) -> float | None:
    # Python reads 1_0 and other scripts' digits as well, where others stop or read something else
    number = float(text) if _DECIMAL.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None


def _write_double(value: float) -> str:
    return _EXPONENT.sub(r"\1E\2\3", f"{value:1.15E}")


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if "\ud800" <= character <= "\udfff":
        raise MalformedError("a string holds half a character")
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"
