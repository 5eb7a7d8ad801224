"""Links between pages lead somewhere, and every page can be reached."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, pages, prose, shown

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)


def links(page: Path) -> list[tuple[str, str]]:
    """Return the relative links of a page, split at the fragment."""
    targets = [target for target in _LINK.findall(prose(page)) if not re.match(r"[a-z]+:", target)]
    return [(path, fragment) for path, _, fragment in (target.partition("#") for target in targets)]


def anchors(page: Path) -> set[str]:
    """Return the fragments that a page's headings make."""
    texts = [re.sub(r"[`*\[\]]|\([^)]*\)", "", heading) for heading in _HEADING.findall(prose(page))]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_relative_links_lead_somewhere(page: Path) -> None:
    broken = []
    for path, fragment in links(page):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or not target.is_relative_to(ROOT):
            broken.append(path)
        elif fragment and target.suffix == ".md" and fragment not in anchors(target):
            broken.append(f"{path}#{fragment}")
    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, todo = set[Path](), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or not page.exists():
            continue
        reached.add(page)
        todo += [
            target for path, _ in links(page) if (target := (page.parent / path).resolve()).suffix == ".md" and path
        ]
    assert {shown(page) for page in DOCS.rglob("*.md") if page not in reached} == set()
