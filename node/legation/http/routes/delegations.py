"""``/v1/delegations``: the chains that this node holds for its agents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import web

from legation.domain.delegation.credential import DELEGATION, DETAILS
from legation.domain.held_delegations import DelegationTree, HeldDelegation, Role
from legation.errors import LegationError, MalformedError
from legation.http.authentication import caller_of
from legation.http.bodies import parse_body
from legation.http.queries import DelegationsQuery, NoQuery, parse_query
from legation.http.requests import AttenuationBody, DelegationBody, ImportBody, find_format
from legation.http.responses import answer_json, answer_page
from legation.http.responses import show_delegation as shown
from legation.http.services import SERVICES
from legation.http.targets import name_target
from legation.standards.timestamps import moment_of, parse_timestamp
from legation.usecases.delegations import Grant
from legation.usecases.hosted_delegations import NewDelegation

# where the domain finds something in a credential, and where it came from in the body
_PLACES = (
    (DETAILS, "/details"),
    (f"{DELEGATION}/principal", "/principal"),
    (f"{DELEGATION}/maxDepth", "/maxDepth"),
    ("/credentialSubject/id", "/to"),
    ("/validFrom", "/validFrom"),
    ("/validUntil", "/validFor"),
)


async def issue_delegation(request: web.Request) -> web.Response:
    """Issue a root, and hold it."""
    parse_query(request, NoQuery)
    body = await parse_body(request, DelegationBody)
    name_target(request, body.agent)
    new = NewDelegation(
        agent=body.agent,
        to=body.to,
        details=body.details,
        principal=body.principal,
        valid_for=timedelta(seconds=body.valid_for),
        valid_from=_moment(body.valid_from),
        max_depth=body.max_depth,
        form=find_format(body.secure),
    )
    with _pointing_into_body():
        held = await request.app[SERVICES].delegations.issue(caller_of(request), new)
    return _created(held)


async def attenuate_delegation(request: web.Request) -> web.Response:
    """Pass on less than a held chain allows, or as much, and hold the longer chain."""
    parse_query(request, NoQuery)
    body = await parse_body(request, AttenuationBody)
    grant = Grant(
        body.to,
        body.details,
        None if body.valid_for is None else timedelta(seconds=body.valid_for),
        max_depth=body.max_depth,
        form=find_format(body.secure),
    )
    with _pointing_into_body():
        held = await request.app[SERVICES].delegations.attenuate(
            caller_of(request), request.match_info["id"], body.agent, grant
        )
    return _created(held)


async def import_chain(request: web.Request) -> web.Response:
    """Hold a chain that somebody issued to one of the caller's agents."""
    parse_query(request, NoQuery)
    body = await parse_body(request, ImportBody)
    return _created(await request.app[SERVICES].delegations.import_chain(caller_of(request), body.chain))


async def list_delegations(request: web.Request) -> web.Response:
    """List what is held, the newest first, without chains."""
    query = parse_query(request, DelegationsQuery)
    role = None if query.role is None else Role(query.role)
    page = await request.app[SERVICES].delegations.list_page(caller_of(request), query.agent, role, query.page())
    return answer_page((shown(held) for held in page.items), page.next)


async def show_delegation(request: web.Request) -> web.Response:
    """Show what is held, with its chain."""
    parse_query(request, NoQuery)
    return answer_json(shown(await request.app[SERVICES].delegations.get(caller_of(request), request.match_info["id"])))


async def show_tree(request: web.Request) -> web.Response:
    """Show what was passed on of a delegation, and further on."""
    parse_query(request, NoQuery)
    tree = await request.app[SERVICES].delegations.tree(caller_of(request), request.match_info["id"])
    return answer_json({**_grown(tree), "truncated": tree.truncated})


def _grown(tree: DelegationTree) -> dict[str, object]:
    return {"delegation": shown(tree.delegation), "children": [_grown(child) for child in tree.children]}


def _created(held: HeldDelegation) -> web.Response:
    response = answer_json(shown(held), status=HTTPStatus.CREATED)
    response.headers["Location"] = f"/v1/delegations/{held.id}"
    return response


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return moment_of(parse_timestamp(text))
    except MalformedError as error:
        raise MalformedError(error.detail, pointer="/validFrom") from error


@contextmanager
def _pointing_into_body() -> Iterator[None]:
    """Let errors about a credential that was to be issued point to what the caller sent."""
    try:
        yield
    except LegationError as error:
        place = error.pointer or ""
        error.pointer = next((to + place.removeprefix(of) for of, to in _PLACES if place.startswith(of)), None)
        raise
