"""``legation credential`` on a node: credentials of any kind, issued, shown in part, presented and verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from legation.cli.exit_codes import exit_of_refusal
from legation.cli.failures import UsageError
from legation.cli.options import EgressCAFile, OutputFormat, Quiet, Server, TokenFile
from legation.cli.targets import find_server
from legation.cli.terminal import Branch, plain_json, print_json, print_tree, suggest, talk
from legation.errors import LegationError

if TYPE_CHECKING:
    from legation.client.client import AsyncClient
    from legation.client.models import CredentialVerdict

Agent = Annotated[str, typer.Argument(metavar="AGENT", help="Who signs: an agent of the node.")]


def issue(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    agent: Agent,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The credential as JSON: a path, @path, or -.")],
    server: Server,
    token_file: TokenFile = None,
    cryptosuite: Annotated[
        Literal[
            "eddsa-jcs-2022",
            "eddsa-rdfc-2022",
            "ecdsa-jcs-2019",
            "ecdsa-rdfc-2019",
            "ecdsa-sd-2023",
            "vc+jwt",
            "vc+sd-jwt",
        ]
        | None,
        typer.Option(help="A proof of that cryptosuite, or a token; without it, what the agent's key suggests."),
    ] = None,
    mandatory: Annotated[
        list[str] | None,
        typer.Option(metavar="POINTER", help="A JSON Pointer to what every part shows; repeat it for more than one."),
    ] = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Let an agent issue a credential of any kind, and print it; the issuer is filled in."""
    from legation.cli.inputs import faulty_file, read_json_file
    from legation.errors import MalformedError

    credential = read_json_file(file, "the credential")
    if not isinstance(credential, dict):
        raise faulty_file(file, "the credential", MalformedError("it is no JSON object"))
    access = find_server(context)

    async def act(client: AsyncClient) -> Any:
        return await client.issue_credential(
            agent, credential, cryptosuite=cryptosuite, mandatory_pointers=mandatory or ()
        )

    issued = access.run(act)
    talk(f"✔ {agent} issued a credential", quiet=quiet)
    print_json(issued)
    suggest([access.command("credential", "verify", "issued.json")], quiet=quiet)


def derive(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The whole credential: a path, @path, or -.")],
    show: Annotated[
        list[str],
        typer.Option(metavar="POINTER", help="A JSON Pointer to what is to be seen; repeat it for more than one."),
    ],
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Print a credential that shows a part of another; it is still its issuer's."""
    from legation.cli.credential_files import read_received

    credential: Any = read_received(file)
    print_json(find_server(context).run(lambda client: client.derive_credential(credential, show)))


def present(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    agent: Agent,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A credential, an array of them, or a presentation: a path, @path, or -."),
    ],
    challenge: Annotated[str, typer.Option(metavar="TEXT", help="The challenge that the verifier gave.")],
    domain: Annotated[str, typer.Option(metavar="TEXT", help="The verifier, as it calls itself.")],
    server: Server,
    token_file: TokenFile = None,
    cryptosuite: Annotated[
        Literal["eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "vp+jwt"] | None,
        typer.Option(help="A proof of that cryptosuite, or a token; without it, what the agent's key suggests."),
    ] = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Let an agent present credentials of any kind to a verifier, and print the presentation."""
    from legation.cli.credential_files import read_presentation

    presentation = read_presentation(file)

    async def act(client: AsyncClient) -> Any:
        return await client.present_credentials(
            agent, presentation, challenge=challenge, domain=domain, cryptosuite=cryptosuite
        )

    print_json(find_server(context).run(act))


def verify(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A path, @path, or - for standard input.")],
    server: Server,
    token_file: TokenFile = None,
    challenge: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For a presentation: the challenge that you gave.")
    ] = None,
    domain: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For a presentation: your own name, for which it is made.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Judge as of this moment, where the node's operator allows it.")
    ] = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Let a node judge a credential of any kind, or a presentation of some: exit status 0 only if it holds.

    Chains of delegations are judged by `legation verify`, which also knows whom you trust.
    """
    from legation.cli.inputs import read_moment

    moment = None if at is None else read_moment(at, "--at")
    received, verdict = _find_received(file)
    if isinstance(received, list):
        raise UsageError("the file holds an array", fix="A chain of delegations is judged by: legation verify.")
    if verdict is None:
        from legation.cli.credential_files import is_presentation

        presented = is_presentation(received)
        if presented and (challenge is None or domain is None):
            raise UsageError(
                "the file holds a presentation, so --challenge and --domain are needed",
                fix="Give both as you gave them to the holder.",
            )

        async def act(client: AsyncClient) -> CredentialVerdict:
            ask = client.verify_presented_credentials if presented else client.verify_credential
            return await ask(received, challenge=challenge, domain=domain, at=moment)

        verdict = find_server(context).run(act)
    if output == "json":
        print_json(verdict.to_json())
    else:
        print_tree(_draw(verdict))
    if not verdict.verified:
        raise typer.Exit(exit_of_refusal(verdict.code))


def _find_received(file: str) -> tuple[Any, CredentialVerdict | None]:
    """Return what a file holds, and the verdict on what nobody can read."""
    from legation.cli.credential_files import read_received

    try:
        return read_received(file), None
    except LegationError as error:
        if error.code not in {"malformed", "too_large"}:
            raise
        from legation.client.models import CredentialVerdict

        return None, CredentialVerdict(False, code=error.code, detail=error.detail, pointer=error.pointer)


def _draw(verdict: CredentialVerdict) -> Branch:
    if not verdict.verified:
        root = Branch(f"REFUSED {verdict.code}: do not rely on anything that it says", "failed")
        root.add(f"{verdict.detail}{f' (at {verdict.pointer})' if verdict.pointer else ''}")
        if verdict.fix:
            root.add(verdict.fix)
        return root
    root = Branch("VERIFIED: it is valid, and from whom it says; whether you trust them is not looked at", "passed")
    for notice in verdict.notices:
        place = f" (at {notice['pointer']})" if notice.get("pointer") else ""
        root.add(f"{notice.get('detail') or plain_json(notice)}{place}", "skipped")
    return root
