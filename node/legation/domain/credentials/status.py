"""Status entries of credentials: which of them a verifier has to check, and which it cannot know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from legation.errors import LegationError

# what says that a credential may have been revoked or suspended; this version has no lists to look it up in
_LISTS = frozenset(
    {
        "BitstringStatusListEntry",
        "StatusList2021Entry",
        "RevocationList2020Status",
        "RevocationList2021Status",
        "SuspensionList2020Status",
        "CredentialStatusList2017",
        "TokenStatusListEntry",
    }
)


def check_status(entries: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """Return the types of entries that say nothing that this verifier knows; they are for whoever relies on it.

    Raises:
        LegationError: ``status_unknown``: an entry names a list, and this version cannot look anything up in it.
    """
    unknown = []
    for entry in entries:
        value = entry.get("type")
        types = [str(item) for item in (value if isinstance(value, list) else [value])]
        if not _LISTS.isdisjoint(types):
            raise LegationError(
                "the credential has a status entry that this version cannot check, and unknown means no",
                code="status_unknown",
                pointer="/credentialStatus",
            )
        unknown.append(types[0])
    return tuple(unknown)
