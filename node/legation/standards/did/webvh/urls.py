"""The syntax of did:webvh DIDs, and where their files stand (did:webvh 1.0, "DID to HTTPS Transformation")."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from legation.errors import MalformedError, ResolutionError
from legation.standards.did.syntax import is_did
from legation.standards.did.web import build_did_web, did_web_url

PREFIX = "did:webvh:"
PLACEHOLDER = "{SCID}"
LOG_FILE = "did.jsonl"
WITNESS_FILE = "did-witness.json"
# 46(base58-alphabet): a SHA-256 multihash in base58btc
_SCID = re.compile(r"Qm[1-9A-HJ-NP-Za-km-z]{44}")
_PORT = re.compile(r"%3[Aa]([0-9]+)")
# The two percent-encodings of a host are a port's colon and UTF-8: whatever is ASCII stands for itself
_ESCAPED_ASCII = re.compile(r"%[0-7]")
# What IDNA2003 and IDNA2008 map differently: a name that has one means two hosts
_DEVIATIONS = frozenset("\u00df\u03c2")
_LETTERS = ("L", "M", "Nd")


@dataclass(frozen=True, slots=True)
class Place:
    """A did:webvh taken apart: its self-certifying identifier, and the did:web of the same place (host in ASCII)."""

    did: str
    scid: str
    web: str

    @property
    def base(self) -> str:
        """The URL under which the files of the DID stand, without ``.well-known``, with the slash."""
        return did_web_url(self.web).removesuffix("did.json").removesuffix(".well-known/")


@lru_cache(maxsize=1024)
def parse_did_webvh(did: str) -> Place:
    """Take a did:webvh apart.

    Raises:
        ResolutionError: not a did:webvh of 1.0, "Method-Specific Identifier": no SCID, an IP address in any spelling,
            a host of one label (but localhost), or a path that could lead to another place.
    """
    if not did.startswith(PREFIX) or not is_did(did):
        raise ResolutionError("this is not a did:webvh")
    scid, _, rest = did[len(PREFIX) :].partition(":")
    if _SCID.fullmatch(scid) is None:
        raise ResolutionError("the did:webvh's self-certifying identifier is not a SHA-256 multihash in base58btc")
    host, colon, path = rest.partition(":")
    web = f"did:web:{_to_ascii(host)}{colon}{path}"
    did_web_url(web)  # everything else is as in a did:web, which decides after the host was decoded
    return Place(did, scid, web)


def did_webvh_urls(did: str) -> tuple[str, str]:
    """Return the https URLs of a did:webvh's log and of its witness proofs. Raises as :func:`parse_did_webvh`."""
    folder = did_web_url(parse_did_webvh(did).web).removesuffix("did.json")
    return folder + LOG_FILE, folder + WITNESS_FILE


def did_webvh_url(did: str) -> str:
    """Return the https URL of a did:webvh's log. Raises as :func:`parse_did_webvh`."""
    return did_webvh_urls(did)[0]


def build_did_webvh(origin: str, *segments: str) -> str:
    """Return the did:webvh, with the placeholder of its SCID, of a path under an origin ("Create", step 1).

    Raises:
        MalformedError: not an https origin (or http of localhost), or a path or host that a did:webvh cannot have.
    """
    rest = build_did_web(origin, *segments).removeprefix("did:web:")
    if not _has_two_labels(rest.partition(":")[0]):
        raise MalformedError("the host of a did:webvh is a domain name of two labels or more, or localhost")
    return f"{PREFIX}{PLACEHOLDER}:{rest}"


def _to_ascii(host: str) -> str:
    name, port = host, ""
    if match := _PORT.search(host):
        name, port = host[: match.start()], host[match.start() :]
    if _ESCAPED_ASCII.search(name):
        raise ResolutionError("a character of the did:webvh's host is hidden by percent-encoding")
    if "%" in name:
        name = _encode_international(name)
    if not _has_two_labels(name):
        raise ResolutionError("the did:webvh's host is not a domain name of two labels or more")
    return name + port


def _encode_international(name: str) -> str:
    # RFC 3491 (nameprep) and punycode; a name that IDNA2003 and IDNA2008 may map differently is refused
    try:
        text = unquote_to_bytes(name).decode("utf-8").lower()
        encoded = text.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ResolutionError("the did:webvh's host is not an internationalised domain name") from error
    plain = all(letter in "-." or unicodedata.category(letter).startswith(_LETTERS) for letter in text)
    if not plain or not _DEVIATIONS.isdisjoint(text) or unicodedata.normalize("NFKC", text) != text:
        raise ResolutionError("the did:webvh's host has a character that not every resolver reads alike")
    return encoded


def _has_two_labels(name: str) -> bool:
    host = re.split("%3[Aa]", name)[0]
    return "." in host.strip(".") or host == "localhost"
