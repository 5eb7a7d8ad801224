"""``legation verify`` and ``legation explain``: judge a file, with no node and no wallet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from legation.cli.exit_codes import exit_of_verdict
from legation.cli.failures import UsageError
from legation.cli.options import AllowLoopback, EgressCAFile, OutputFormat
from legation.cli.terminal import print_json, print_tree

_TRUST_FIX = "Name who may grant authority: --trust DID, or --trust @FILE."


def check(  # noqa: PLR0913  # each option is a parameter
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A presentation, credential or chain; - for stdin.")],
    trust: Annotated[list[str], typer.Option(metavar="DID|@FILE", help="Who may grant authority; repeat it for more.")],
    challenge: Annotated[str | None, typer.Option(help="The challenge that you gave the holder.")] = None,
    domain: Annotated[str | None, typer.Option(help="Your own origin or DID, which the presentation names.")] = None,
    holder: Annotated[
        str | None, typer.Option(metavar="DID", help="For a bare chain: who proved itself by other means.")
    ] = None,
    request: Annotated[str | None, typer.Option(metavar="JSON|@FILE", help="What the holder wants to do.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Judge as of this moment; now without it.")] = None,
    material: Annotated[
        str | None, typer.Option(metavar="FILE", help="DID documents and status lists; then nothing is fetched.")
    ] = None,
    name: Annotated[list[str] | None, typer.Option(help="Another name of yours, for audiences.")] = None,
    status: Annotated[
        Literal["require", "dangerously-skip"],
        typer.Option(help="What becomes of status entries that cannot be checked.", show_default=True),
    ] = "require",
    max_unrevocable: Annotated[
        int, typer.Option(metavar="SECONDS", help="How long what cannot be revoked may live.", show_default=True)
    ] = 3600,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch nothing.")] = False,
    dangerously_allow_loopback: AllowLoopback = False,
    egress_ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Judge a file; the docstring that users read is given where this is registered, once for each command."""
    order = _Order(
        file, trust, challenge, domain, holder, request, at, material, name or [], status, max_unrevocable, offline
    )
    _run(order, dangerously_allow_loopback, egress_ca_file, output, in_full=context.command.name == "explain")


@dataclass(frozen=True, slots=True)
class _Order:
    """What the command line asks for, as it says it."""

    file: str
    trust: Sequence[str]
    challenge: str | None
    domain: str | None
    holder: str | None
    request: str | None
    at: str | None
    material: str | None
    names: Sequence[str]
    status: str
    max_unrevocable: int
    offline: bool


def _run(order: _Order, loopback: bool, ca_file: Path | None, output: str, *, in_full: bool) -> None:
    # imported here, so that `legation --help` need not
    from legation.cli.inputs import read_bounded
    from legation.cli.judging import Egress, judge_submission
    from legation.domain.submission import Submission, parse_submission
    from legation.domain.verdict import Refusal, Step, Verdict
    from legation.errors import LegationError

    if order.challenge is not None and order.holder is not None:
        raise UsageError("--holder is for a bare chain, --challenge for a presentation")
    if order.challenge is not None and order.domain is None:
        raise UsageError("--challenge comes with --domain", fix="Give --domain your own origin or DID.")
    expectation = _expect(order)
    material = None if order.material is None else _read_material(order.material)
    submission: Submission | None = None
    data = read_bounded(order.file)
    try:
        submission = parse_submission(data)
    except LegationError as error:
        verdict = Verdict(False, False, Refusal.of(error, None), failed=Step.BOUNDS)
    else:
        if submission.presentation is not None and order.challenge is None:
            raise UsageError(
                "this is a presentation, which --challenge and --domain must be given for",
                fix="Give both as you gave them to the holder.",
            )
        egress = None if order.offline else Egress(loopback, ca_file)
        verdict = judge_submission(submission, expectation, material=material, egress=egress)
    _show(verdict, submission, order, output, in_full=in_full)
    raise typer.Exit(exit_of_verdict(verdict))


def _expect(order: _Order) -> Expectation:
    from legation.cli.inputs import read_did, read_json_argument, read_moment

    request = None
    if order.request is not None:
        request = read_json_argument(order.request, "--request")
        # null is a request, and one that nothing covers; None would be no request at all
        request = [] if request is None else request
    if not 0 <= order.max_unrevocable <= 10**9:
        raise UsageError("--max-unrevocable is a number of seconds, at most 1000000000")
    return Expectation(
        trust=_read_trust(order.trust),
        at=datetime.now(UTC) if order.at is None else read_moment(order.at, "--at"),
        challenge=order.challenge,
        domain=order.domain,
        holder=None if order.holder is None else read_did(order.holder, "--holder"),
        names=frozenset(order.names),
        request=request,
        status=StatusPolicy(order.status),
        max_unrevocable=timedelta(seconds=order.max_unrevocable),
    )
