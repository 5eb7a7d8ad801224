"""The figures: what is counted, under which labels, and that workers' figures are added up."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from legation.errors import FullError
from legation.http import metrics as metrics_module
from legation.http.metrics import Metrics, forget_process
from tests.support.nodes import AUTHORIZED, HOST, build_world, serving

ROOT = Path(__file__).resolve().parents[3]


def values(text: bytes) -> dict[str, float]:
    """Return the samples by name and labels."""
    lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_answers_are_counted_by_method_route_and_status() -> None:
    metrics = Metrics()
    for status in (200, 200, 404):
        metrics.begin()
        metrics.end("GET", "/agents/{name}/did.json", status, 0.003)
    found = values(metrics.render())
    labels = 'method="GET",route="/agents/{name}/did.json"'
    assert found[f'legation_http_requests_total{{{labels},status="200"}}'] == 2
    assert found[f'legation_http_requests_total{{{labels},status="404"}}'] == 1
    assert found[f"legation_http_request_seconds_count{{{labels}}}"] == 3
    assert found[f'legation_http_request_seconds_bucket{{le="0.0025",{labels}}}'] == 0
    assert found[f'legation_http_request_seconds_bucket{{le="0.005",{labels}}}'] == 3
    assert found["legation_http_requests_in_flight"] == 0


def test_what_is_under_way_is_counted_until_it_is_answered() -> None:
    metrics = Metrics()
    metrics.begin()
    assert values(metrics.render())["legation_http_requests_in_flight"] == 1
    metrics.end("GET", None, 404, 0.1)
    assert values(metrics.render())["legation_http_requests_in_flight"] == 0


def test_methods_and_paths_that_callers_invent_make_no_new_series() -> None:
    metrics = Metrics()
    for number in range(50):
        assert metrics.end(f"M{number}", None, 404, 0.1) == "other"
    series = {name for name in values(metrics.render()) if name.startswith("legation_http_requests_total")}
    assert series == {'legation_http_requests_total{method="other",route="none",status="404"}'}


@pytest.mark.parametrize(
    ("method", "route", "status", "counted"),
    [
        ("POST", "/v1/agents", 201, "legation_agents_created_total"),
        ("POST", "/v1/delegations", 201, "legation_delegations_issued_total"),
        ("POST", "/v1/delegations/{id}/attenuate", 201, "legation_delegations_issued_total"),
        ("GET", "/v1/agents", 401, "legation_authentication_failures_total"),
        ("GET", "/v1/agents", 503, "legation_store_errors_total"),
        ("POST", "/v1/agents", 507, "legation_store_errors_total"),
        ("POST", "/v1/agents", 409, None),
        ("GET", "/v1/agents", 200, None),
        ("POST", "/v1/delegations/import", 201, None),
    ],
)
def test_acts_and_failures_are_counted_where_they_happen(
    method: str, route: str, status: int, counted: str | None
) -> None:
    metrics = Metrics()
    metrics.end(method, route, status, 0.1)
    found = values(metrics.render())
    special = ("agents_created", "delegations_issued", "authentication_failures", "store_errors")
    assert {name for name in found if any(word in name for word in special) and found[name]} == ({counted} - {None})


def test_verdicts_are_counted_by_code() -> None:
    metrics = Metrics()
    for code in (None, None, "expired"):
        metrics.count_verdict(code)
    found = values(metrics.render())
    assert found['legation_verifications_total{code="accepted"}'] == 2
    assert found['legation_verifications_total{code="expired"}'] == 1


def test_route_shows_them_in_the_text_format_without_a_token_and_names_nobody() -> None:
    async def run() -> tuple[str, bytes]:
        async with serving(await build_world()) as client:
            await client.ask("GET", "/agents/canary-of-a-name/did.json")
            await client.ask("GET", "/canary-of-a-path?canary=of-a-query", headers={"User-Agent": "canary"})
            await client.ask("POST", "/v1/verify", body={"chain": []}, headers=AUTHORIZED)
            answer = await client.ask("GET", "/metrics")
            return answer.headers["content-type"], answer.body

    content_type, body = asyncio.run(run())
    assert content_type.startswith("text/plain; version=0.0.4")
    assert b"canary" not in body
    found = values(body)
    assert found['legation_http_requests_total{method="GET",route="/agents/{name}/did.json",status="404"}'] == 1
    assert found['legation_http_requests_total{method="GET",route="none",status="404"}'] == 1
    assert sum(value for name, value in found.items() if name.startswith("legation_verifications_total")) == 1
    assert HOST.encode() not in body


# ------------------------------------------------------------------ several processes

_PROGRAM = """
import sys
from pathlib import Path
from legation.http.metrics import Metrics
metrics = Metrics(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    metrics.begin()
    metrics.end("GET", "/healthz", 200, 0.01)
metrics.begin()
sys.stdout.write(metrics.render().decode() if sys.argv[3:] else "")
sys.stdout.flush()
sys.stdin.read()
"""


def test_any_of_several_processes_shows_the_figures_of_all(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "node")}
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path)]
    first = subprocess.run([*command, "3"], env=environment, input=b"", capture_output=True, timeout=60)
    assert first.returncode == 0, first.stderr.decode()
    # of one that has ended, what it counted stays, and what it had under way does not
    (gauge,) = tmp_path.glob("gauge_live*.db")
    forget_process(tmp_path, int(re.findall(r"_(\d+)\.db", gauge.name)[0]))
    second = subprocess.run([*command, "4", "show"], env=environment, input=b"", capture_output=True, timeout=60)
    found = values(second.stdout)
    assert found['legation_http_requests_total{method="GET",route="/healthz",status="200"}'] == 7
    assert found['legation_http_request_seconds_count{method="GET",route="/healthz"}'] == 7
    assert found["legation_http_requests_in_flight"] == 1


def test_room_for_the_figures_of_a_worker_is_taken_before_it_answers(tmp_path: Path) -> None:
    metrics_module._reserve(tmp_path)
    files = [path.stat() for path in tmp_path.iterdir()]
    assert len(files) == 3
    # written, not left out: a hole in a file that is mapped ends the process where the disk is full
    assert all(each.st_blocks * 512 >= each.st_size > 0 for each in files)
    with pytest.raises(FullError):
        metrics_module._reserve(tmp_path / "absent")
