"""The egress guard: what it fetches, from where, and what it refuses."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from legation.adapters.fetch import Fetcher
from legation.errors import EgressError, LegationError, SettingsError, UnavailableError
from tests.support.hosts import Answer, Authority, by_path, listen, redirect, say

NAME = "acme.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


async def get(fetcher: Fetcher, url: str, *, max_bytes: int = 1000) -> bytes:
    async with fetcher:
        return await fetcher.fetch(url, accept="application/json", max_bytes=max_bytes)


def local(deadline: timedelta = timedelta(seconds=10)) -> Fetcher:
    return Fetcher(dangerously_allow_loopback=True, deadline=deadline)


def get_local(answer: Answer, *, max_bytes: int = 1000, deadline: timedelta = timedelta(seconds=10)) -> bytes:
    """Fetch the answer of a plain host on this machine."""

    async def run() -> bytes:
        async with listen(answer) as host:
            return await get(local(deadline), f"http://localhost:{host.port}/x", max_bytes=max_bytes)

    return asyncio.run(run())


def refusal_of(answer: Answer, *, max_bytes: int = 1000) -> LegationError:
    with pytest.raises(LegationError) as refusal:
        get_local(answer, max_bytes=max_bytes)
    return refusal.value


# ------------------------------------------------------------------ where to


def test_mapped_https_host_is_reached_under_its_own_name(authority: Authority) -> None:
    async def run() -> None:
        async with listen(say(b"{}"), tls=authority.issue(NAME)) as host:
            fetcher = Fetcher(ca_file=authority.ca_file, hosts={f"{NAME}:443": host.address})
            assert await get(fetcher, f"https://{NAME}/.well-known/did.json?x=1") == b"{}"
            assert host.server_names == [NAME]
            (head,) = host.requests
            assert head.startswith("GET /.well-known/did.json?x=1 HTTP/1.1\r\n")
            lines = {line.lower() for line in head.split("\r\n")}
            assert lines >= {f"host: {NAME}", "accept: application/json", "accept-encoding: identity"}

    asyncio.run(run())


def test_mapping_is_of_one_port_and_keeps_it_in_the_host_header(authority: Authority) -> None:
    async def run() -> None:
        async with listen(say(b"{}"), tls=authority.issue(NAME)) as host:
            fetcher = Fetcher(ca_file=authority.ca_file, hosts={f"{NAME.upper()}:8443": host.address})
            assert await get(fetcher, f"https://{NAME}:8443/") == b"{}"
            assert f"\r\nHost: {NAME}:8443\r\n" in host.requests[0]

    asyncio.run(run())


def test_certificate_of_an_unknown_authority_is_no_answer(authority: Authority) -> None:
    async def run() -> None:
        async with listen(say(b"{}"), tls=authority.issue(NAME)) as host:
            with pytest.raises(UnavailableError):
                await get(Fetcher(hosts={f"{NAME}:443": host.address}), f"https://{NAME}/")
            assert host.requests == []

    asyncio.run(run())


def test_certificate_of_another_name_is_no_answer(authority: Authority) -> None:
    async def run() -> None:
        async with listen(say(b"{}"), tls=authority.issue("other.example")) as host:
            fetcher = Fetcher(ca_file=authority.ca_file, hosts={f"{NAME}:443": host.address})
            with pytest.raises(UnavailableError):
                await get(fetcher, f"https://{NAME}/")
            assert host.requests == []

    asyncio.run(run())


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_plain_http_reaches_this_machine_only_by_the_dangerous_setting(name: str) -> None:
    async def run() -> None:
        async with listen(say(b"{}")) as host:
            url = f"http://{name}:{host.port}/"
            assert await get(local(), url) == b"{}"
            with pytest.raises(EgressError):
                await get(Fetcher(), url)
            assert len(host.requests) == 1

    asyncio.run(run())


def test_https_reaches_this_machine_only_by_the_dangerous_setting(authority: Authority) -> None:
    async def run() -> None:
        async with listen(say(b"{}"), tls=authority.issue("localhost")) as host:
            url = f"https://localhost:{host.port}/"
            allowed = Fetcher(ca_file=authority.ca_file, dangerously_allow_loopback=True)
            assert allowed.allows_loopback
            assert await get(allowed, url) == b"{}"
            with pytest.raises(EgressError):
                await get(Fetcher(ca_file=authority.ca_file), url)

    asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    ["http://acme.example/", "http://8.8.8.8/", "http://10.0.0.1/", "http://a.localhost/", "http://[::ffff:7f00:1]/"],
)
def test_plain_http_to_another_machine_is_refused_even_then(url: str) -> None:
    with pytest.raises(EgressError):
        asyncio.run(get(local(), url))


def test_plain_http_to_a_mapped_host_is_refused_too(authority: Authority) -> None:
    async def run() -> None:
        async with listen(say(b"{}")) as host:
            with pytest.raises(EgressError):
                await get(Fetcher(hosts={f"{NAME}:80": host.address}), f"http://{NAME}/")
            assert host.requests == []

    asyncio.run(run())


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with listen(say(b"proxy")) as proxy, listen(say(b"host")) as host:
            for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, f"http://{proxy.address}")
            monkeypatch.delenv("NO_PROXY", raising=False)
            monkeypatch.delenv("no_proxy", raising=False)
            assert await get(local(), f"http://localhost:{host.port}/") == b"host"
            assert proxy.requests == []

    asyncio.run(run())


# ------------------------------------------------------------------ redirects


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirect_is_followed(status: str) -> None:
    assert get_local(by_path(x=redirect("/y", status=status), y=say(b"there"))) == b"there"


def test_three_redirects_are_followed_and_the_fourth_is_not() -> None:
    steps = {"x": redirect("/a"), "a": redirect("b"), "b": redirect("/c?d=e")}
    assert get_local(by_path(**steps, c=say(b"end"))) == b"end"
    assert isinstance(refusal_of(by_path(**steps, c=redirect("/d"), d=say(b"end"))), EgressError)


def test_cookie_of_one_answer_is_not_sent_to_the_next() -> None:
    async def run() -> None:
        answers = by_path(x=redirect("/y", headers=("Set-Cookie: session=1; Path=/",)), y=say(b"end"))
        async with listen(answers) as host:
            assert await get(local(), f"http://localhost:{host.port}/x") == b"end"
            assert len(host.requests) == 2
            assert "cookie" not in host.requests[1].lower()

    asyncio.run(run())


def test_redirect_may_lead_to_another_mapped_host(authority: Authority) -> None:
    async def run() -> None:
        async with (
            listen(say(b"{}"), tls=authority.issue("other.example")) as other,
            listen(redirect("https://other.example/y"), tls=authority.issue(NAME)) as host,
        ):
            hosts = {f"{NAME}:443": host.address, "other.example:443": other.address}
            assert await get(Fetcher(ca_file=authority.ca_file, hosts=hosts), f"https://{NAME}/") == b"{}"

    asyncio.run(run())


def test_redirect_to_no_place_is_no_answer() -> None:
    assert isinstance(refusal_of(say(b"x", status="302 Found")), UnavailableError)


# ------------------------------------------------------------------ answers


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("404 Not Found", EgressError, "not_found"),
        ("410 Gone", EgressError, "not_found"),
        ("403 Forbidden", EgressError, "server_error"),
        ("500 Oops", UnavailableError, "server_error"),
        ("503 Busy", UnavailableError, "server_error"),
        ("204 No Content", UnavailableError, "server_error"),
        ("206 Partial Content", UnavailableError, "server_error"),
        ("304 Not Modified", UnavailableError, "server_error"),
    ],
)
def test_only_status_200_is_an_answer(status: str, kind: type[LegationError], code: str) -> None:
    error = refusal_of(say(b"", status=status))
    assert (type(error), error.code) == (kind, code)


def test_body_as_large_as_the_bound_is_returned_and_one_byte_more_is_refused() -> None:
    assert get_local(say(b"x" * 1000)) == b"x" * 1000
    assert isinstance(refusal_of(say(b"x" * 1001)), EgressError)
    assert get_local(say(b"")) == b""


def test_body_that_claims_an_encoding_is_refused() -> None:
    assert get_local(say(b"{}", headers=("Content-Encoding: identity",))) == b"{}"
    for encoding in ("gzip", "deflate", "br", "x-unknown", "identity, gzip"):
        assert isinstance(refusal_of(say(b"{}", headers=(f"Content-Encoding: {encoding}",))), EgressError)


def test_answer_that_is_not_http_is_no_answer() -> None:
    async def garbage(_: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-x\r\n\r\n")

    assert isinstance(refusal_of(garbage), UnavailableError)


def test_answer_that_breaks_off_is_no_answer() -> None:
    async def half(_: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")

    assert isinstance(refusal_of(half), UnavailableError)


def test_host_that_says_nothing_is_given_up_at_the_deadline() -> None:
    async def silence(_: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(UnavailableError):
        get_local(silence, deadline=timedelta(milliseconds=50))


def test_host_that_does_not_listen_is_no_answer() -> None:
    async def run() -> None:
        async with listen(say()) as host:
            pass
        with pytest.raises(UnavailableError):
            await get(local(), f"http://127.0.0.1:{host.port}/")

    asyncio.run(run())


def test_nothing_is_fetched_after_the_end() -> None:
    async def run() -> None:
        async with listen(say(b"{}")) as host:
            fetcher = local()
            url = f"http://localhost:{host.port}/"
            assert await get(fetcher, url) == b"{}"
            with pytest.raises(UnavailableError):
                await get(fetcher, url)

    asyncio.run(run())


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    "address", ["", "acme", "127.0.0.1:0", "127.1:80", "a b:80", "user@127.0.0.1:80", "127.0.0.1:80/x"]
)
def test_mapping_to_no_address_is_a_settings_error(address: str) -> None:
    with pytest.raises(SettingsError):
        Fetcher(hosts={f"{NAME}:443": address})


@pytest.mark.parametrize("name", ["", "acme.example", "https://acme.example", ":443"])
def test_mapping_of_no_host_is_a_settings_error(name: str) -> None:
    with pytest.raises(SettingsError):
        Fetcher(hosts={name: "127.0.0.1:8443"})


def test_file_without_certificates_is_a_settings_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path in (empty, tmp_path / "absent.pem"):
        with pytest.raises(SettingsError):
            Fetcher(ca_file=path)


def test_http_client_is_loaded_by_the_first_fetch_and_not_before() -> None:
    code = (
        "import sys; from legation.adapters.fetch import Fetcher;"
        "from legation.adapters.resolvers import NetworkResolver;"
        "from legation.adapters.system_clock import SystemClock; NetworkResolver(Fetcher(), clock=SystemClock());"
        "sys.exit('aiohttp' in sys.modules)"
    )
    source_root = Path(__file__).resolve().parents[3] / "node"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(source_root)}, check=False)
    assert done.returncode == 0
