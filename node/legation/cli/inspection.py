"""``legation inspect``: what a file says, taken apart; no signature is checked and nothing is called valid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from legation.cli.exit_codes import Exit
from legation.cli.options import OutputFormat
from legation.cli.terminal import Branch, plain_json, print_json, print_tree
from legation.errors import LegationError

NOT_CHECKED = "signatures NOT checked"


def inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A path, @path, or - for standard input.")],
    output: OutputFormat = "table",
) -> None:
    """Decode a presentation, a chain or a credential; checks no signature and says nothing of validity."""
    from legation.cli.inputs import read_bounded
    from legation.domain.submission import parse_submission

    submission = parse_submission(read_bounded(file))
    hops = [_decode(secured.wire) for secured in submission.hops]
    content: dict[str, object] = {"signatures": "NOT checked"}
    if submission.presentation is not None:
        found = submission.presentation
        content["presentation"] = {
            "holder": found.holder,
            "challenge": found.challenge,
            "domain": found.domain,
            "verificationMethod": found.seal.method,
        }
    content["hops"] = hops
    if output == "json":
        print_json(content)
    else:
        print_tree(_draw(content, hops))
    raise typer.Exit(Exit.INVALID if any("problem" in hop for hop in hops) else Exit.OK)


def _decode(wire: Mapping[str, object] | str) -> dict[str, object]:
    """Return a hop's header and claims, or its document, its digest, and what is wrong with its form, if anything."""
    from legation.domain.delegation.secured import SecuredCredential, read_hop
    from legation.standards.strict_json import MAX_NESTING, check_nesting

    decoded: dict[str, object] = {}
    try:
        check_nesting(wire, MAX_NESTING)
        decoded |= _open_token(wire) if isinstance(wire, str) else {"form": "embedded proof", "document": wire}
        decoded["digestMultibase"] = read_hop(SecuredCredential(wire)).digest
    except LegationError as error:
        decoded["problem"] = {"code": error.code, "message": error.detail, "pointer": error.pointer}
    return decoded


def _open_token(token: str) -> dict[str, object]:
    from legation.standards.multiformats import decode_base64url
    from legation.standards.strict_json import parse_json

    header, _, rest = token.partition(".")
    return {
        "form": "token",
        "header": parse_json(decode_base64url(header)),
        "claims": parse_json(decode_base64url(rest.partition(".")[0])),
    }


def _draw(content: dict[str, object], hops: list[dict[str, object]]) -> Branch:
    root = Branch(f"{'presentation' if 'presentation' in content else 'credentials'}, {NOT_CHECKED}")
    _grow(root, content.get("presentation", {}))
    for index, hop in enumerate(hops):
        title = f"hop {index}{' (root)' if index == 0 else ''}, {NOT_CHECKED}"
        branch = root.add(title, "failed" if "problem" in hop else "")
        _grow(branch, hop)
    return root


def _grow(branch: Branch, value: object) -> None:
    """Hang members and elements on a branch, those that hold nothing further on their own line."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        if isinstance(member, dict | list) and any(isinstance(inner, dict | list) for inner in _inner(member)):
            _grow(branch.add(f"{name}"), member)
        else:
            branch.add(f"{name}: {member if isinstance(member, str) else plain_json(member)}")


def _inner(value: dict[str, object] | list[object]) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else value
