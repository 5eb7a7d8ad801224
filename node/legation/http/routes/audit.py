"""``/v1/audit``: the trail of management acts, done and refused."""

from __future__ import annotations

from aiohttp import web

from legation.domain.audit import Outcome
from legation.http.authentication import caller_of
from legation.http.queries import AuditQuery, parse_query
from legation.http.responses import AuditEntryShown, answer_page
from legation.http.services import SERVICES
from legation.ports.state import AuditFilter


async def list_acts(request: web.Request) -> web.Response:
    """List acts, the newest first."""
    query = parse_query(request, AuditQuery)
    outcome = None if query.outcome is None else Outcome(query.outcome)
    where = AuditFilter(query.actor, query.act, query.target, outcome)
    page = await request.app[SERVICES].audits.list_page(caller_of(request), where, query.page())
    return answer_page((AuditEntryShown.of(entry).to_json() for entry in page.items), page.next)
