"""Content negotiation: which of the forms that we have a caller would rather read (RFC 9110 §12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MAX_CHARS = 1024
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER = rf'\s*;\s*({_WORD})\s*=\s*({_WORD}|"[^"\\]*")'
_RANGE = re.compile(rf"\s*({_WORD}/{_WORD})((?:{_PARAMETER})*)\s*")
_PARAMETERS = re.compile(_PARAMETER)
_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def choose_representation(accept: Sequence[str], offered: Sequence[str]) -> str | None:
    """Return the form that suits a caller best, of several the first offered; None where none does.

    A form with parameters is only chosen by a range that names them; a range that cannot be read counts for nothing.
    """
    text = ",".join(accept)
    if len(text) > _MAX_CHARS:
        return None
    if not text.strip():
        return offered[0]
    ranges = [found for part in _split(text) if (found := _read(part)) is not None]
    weighed = [(_weigh(form, ranges), form) for form in offered]
    best = max(weight for weight, _ in weighed)
    return next(form for weight, form in weighed if weight == best) if best > 0 else None


def _split(text: str) -> Iterable[str]:
    # a comma within quotes parts nothing
    return re.findall(r'(?:[^,"]|"[^"]*")+', text)


def _read(part: str) -> tuple[str, frozenset[tuple[str, str]], float] | None:
    match = _RANGE.fullmatch(part)
    if match is None:
        return None
    parameters = {name.lower(): value.strip('"') for name, value in _PARAMETERS.findall(match[2])}
    weight = parameters.pop("q", "1")
    if _WEIGHT.fullmatch(weight) is None:
        return None
    # a document in JSON is UTF-8 whatever is asked for
    parameters.pop("charset", None)
    return match[1].lower(), frozenset(parameters.items()), float(weight)


def _weigh(form: str, ranges: Iterable[tuple[str, frozenset[tuple[str, str]], float]]) -> float:
    """Return the weight that the most specific range gives a form."""
    wanted = _read(form)
    if wanted is None:
        return 0.0
    media, parameters, _ = wanted
    best, weight = -1, 0.0
    for name, given, given_weight in ranges:
        exact = name == media and given == parameters
        if exact:
            rank = 2
        elif not given and not parameters and name in (f"{media.partition('/')[0]}/*", "*/*"):
            rank = 0 if name == "*/*" else 1
        else:
            continue
        if rank > best:
            best, weight = rank, given_weight
    return weight
