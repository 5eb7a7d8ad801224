"""DID documents and logs: the node's own and those of the agents that it hosts (did:web, did:webvh)."""

from __future__ import annotations

from aiohttp import web

from legation.http.responses import answer_json
from legation.http.services import SERVICES


async def show_node_document(request: web.Request) -> web.Response:
    """Show the node's own DID document."""
    return _document(await request.app[SERVICES].hosting.node_document())


async def show_did_configuration(request: web.Request) -> web.Response:
    """Show the node's DID configuration: that its origin and its DID are of one hand."""
    return make_public(answer_json(await request.app[SERVICES].linkage.configuration()))


async def show_agent_document(request: web.Request) -> web.Response:
    """Show the DID document of a hosted agent."""
    return _document(await request.app[SERVICES].hosting.agent_document(request.match_info["name"]))


async def show_agent_log(request: web.Request) -> web.Response:
    """Show the log of a hosted agent whose DID has one (did:webvh 1.0)."""
    entries = await request.app[SERVICES].hosting.agent_log(request.match_info["name"])
    body = "".join(f"{entry}\n" for entry in entries)
    return make_public(web.Response(text=body, content_type="text/jsonl", charset="utf-8"))


def _document(document: dict[str, object]) -> web.Response:
    return make_public(answer_json(document, content_type="application/did+json"))


def make_public(response: web.Response) -> web.Response:
    """Let any page read an answer, and any cache keep it, for as long as a verifier would."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=60"
    return response
