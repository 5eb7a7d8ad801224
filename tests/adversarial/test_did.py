"""Attacks on DIDs, on their resolution and on the egress guard; each name carries the id of its case."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from aiohttp import ClientConnectionError

from legation.adapters.fetch import Fetcher
from legation.adapters.resolvers import NetworkResolver
from legation.errors import EgressError, LegationError, ResolutionError, UnavailableError
from legation.standards.did.document import SIGNING_RELATIONSHIPS, parse_did_document
from legation.standards.did.key import build_did_key, resolve_did_key
from legation.standards.did.methods import resolve_offline
from legation.standards.did.peer import build_did_peer_4, resolve_did_peer
from legation.standards.did.web import build_did_web, did_web_url
from legation.standards.multiformats import encode_base58, encode_multikey
from tests.support.clock import FakeClock
from tests.support.hosts import Answer, Authority, Host, by_path, listen, redirect, say
from tests.support.keys import Ed25519Key, P256Key

DAY = timedelta(days=1)
FIVE_MINUTES = timedelta(minutes=5)


def document(did: str, *, key: str = "adversarial", **members: Any) -> dict[str, Any]:
    multikey = encode_multikey(Ed25519Key(key).public_key)
    method = {"id": f"{did}#{key}", "type": "Multikey", "controller": did, "publicKeyMultibase": multikey}
    return {"id": did, "verificationMethod": [method], "assertionMethod": [method["id"]], **members}


def resolver_of(fetcher: Fetcher, clock: FakeClock | None = None) -> NetworkResolver:
    return NetworkResolver(fetcher, clock=clock or FakeClock())


async def refuse(fetcher: Fetcher, url: str, kind: type[LegationError] = EgressError) -> None:
    with pytest.raises(kind):
        await fetcher.fetch(url, accept="application/json", max_bytes=1_000_000)


def answer_with_document(port: Callable[[], int]) -> Answer:
    """Answer with the document of the localhost origin itself."""

    async def answer(head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = json.dumps(document(f"did:web:localhost%3A{port()}")).encode()
        await say(body)(head, reader, writer)

    return answer


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count what is asked of the name service, which answers nothing."""
    asked: list[str] = []

    def getaddrinfo(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def answer_lookups(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """Let the name service give these addresses, one list for each look-up."""
    remaining = list(answers)

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[object]:
        addresses = remaining.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port)) for ip in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


# ------------------------------------------------------------------ R01: inside addresses


@pytest.mark.parametrize(
    "did",
    [
        "did:web:localhost",
        "did:web:localhost%3A8080",
        "did:web:127.0.0.1",
        "did:web:10.0.0.1",
        "did:web:169.254.169.254",
        "did:web:%5B%3A%3A1%5D",
        "did:web:metadata.google.internal",
        "did:web:printer.local",
        "did:web:a.localhost",
    ],
)
def test_r01_did_web_of_an_inside_host_is_refused_before_anything_is_asked(did: str, looked_up: list[str]) -> None:
    with pytest.raises(ResolutionError):
        asyncio.run(resolver_of(Fetcher()).resolve(did, max_age=DAY))
    assert looked_up == []


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://[2002:a00:1::]/",
        "https://[fe80::1]/",
        "https://0.0.0.0/",
        "http://acme.example/",
    ],
)
def test_r01_url_of_an_inside_address_is_refused(url: str, looked_up: list[str]) -> None:
    asyncio.run(refuse(Fetcher(), url))
    assert looked_up == []


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect"])
@pytest.mark.parametrize(
    "place", ["https://localhost:{0}/", "http://localhost:{0}/", "https://127.0.0.1:{0}/", "//[::1]/"]
)
def test_r01_redirect_to_this_machine_or_to_http_is_not_followed(authority: Authority, status: str, place: str) -> None:
    async def run() -> None:
        async with listen(say(b"secret")) as inside:
            location = place.format(inside.port)
            async with listen(redirect(location, status=status), tls=authority.issue("acme.example")) as host:
                fetcher = Fetcher(ca_file=authority.ca_file, hosts={"acme.example:443": host.address})
                await refuse(fetcher, "https://acme.example/")
                assert len(host.requests) == 1
            assert inside.requests == []

    asyncio.run(run())


@pytest.mark.parametrize(
    "place", ["https://10.0.0.1/", "https://2130706433/", "http://acme.example/", "ftp://acme.example/"]
)
def test_r01_redirect_elsewhere_inside_is_not_followed_even_in_development(place: str, looked_up: list[str]) -> None:
    async def run() -> None:
        async with listen(redirect(place)) as host:
            await refuse(Fetcher(dangerously_allow_loopback=True), f"http://127.0.0.1:{host.port}/")

    asyncio.run(run())
    assert looked_up == []


def test_r01_localhost_is_resolved_by_the_dangerous_setting_redirects_included() -> None:
    async def run() -> None:
        hosts: list[Host] = []
        answers = {".well-known": redirect("/moved"), "moved": answer_with_document(lambda: hosts[0].port)}
        async with listen(by_path(**answers)) as host:
            hosts.append(host)
            did = build_did_web(f"http://localhost:{host.port}")
            resolution = await resolver_of(Fetcher(dangerously_allow_loopback=True)).resolve(did, max_age=DAY)
            assert resolution.document.methods
            with pytest.raises(ResolutionError):
                await resolver_of(Fetcher()).resolve(did, max_age=DAY)

    asyncio.run(run())


# ------------------------------------------------------------------ R04: addresses in disguise

DISGUISES = ["2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "①②⑦.⓪.⓪.①"]


@pytest.mark.parametrize("host", DISGUISES)
def test_r04_ipv4_in_disguise_is_blocked_as_a_url_and_as_a_did(host: str, looked_up: list[str]) -> None:
    for setting in (False, True):
        fetcher = Fetcher(dangerously_allow_loopback=setting)
        for scheme in ("https", "http"):
            asyncio.run(refuse(fetcher, f"{scheme}://{host}:8080/"))
        with pytest.raises(ResolutionError):
            asyncio.run(resolver_of(fetcher).resolve(f"did:web:{host}%3A8080", max_age=DAY))
    assert looked_up == []


def test_r04_name_that_the_resolver_turns_into_loopback_is_blocked_when_connecting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        async with listen(say(b"secret")) as inside:
            for address in ("127.0.0.1", "0.0.0.0"):
                answer_lookups(monkeypatch, [address])
                await refuse(Fetcher(), f"https://acme.example:{inside.port}/")
            assert inside.requests == []

    asyncio.run(run())


def test_r04_address_in_its_one_form_is_reached_where_that_is_allowed() -> None:
    async def run() -> bytes:
        async with listen(say(b"{}")) as host:
            fetcher = Fetcher(dangerously_allow_loopback=True)
            return await fetcher.fetch(f"http://127.0.0.1:{host.port}/", accept="*/*", max_bytes=10)

    assert asyncio.run(run()) == b"{}"


# ------------------------------------------------------------------ R05: rebinding


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["203.0.113.9", "127.0.0.1"], ["10.0.0.1", "127.0.0.1", "::1"]])
def test_r05_no_address_of_an_inside_host_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, addresses: list[str]
) -> None:
    async def run() -> None:
        async with listen(say(b"secret"), tls=authority.issue("acme.example")) as inside:
            answer_lookups(monkeypatch, addresses)
            await refuse(Fetcher(ca_file=authority.ca_file), f"https://acme.example:{inside.port}/")
            assert inside.server_names == []

    asyncio.run(run())


def test_r05_name_is_looked_up_once_and_the_socket_goes_to_a_checked_address(
    monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    async def run() -> None:
        async with listen(say(b"{}"), tls=authority.issue("acme.example")) as host:
            # a second look-up would fail the test: there is no second answer; 10.0.0.1 is skipped, not connected to
            answer_lookups(monkeypatch, ["10.0.0.1", "127.0.0.1"])
            fetcher = Fetcher(ca_file=authority.ca_file, dangerously_allow_loopback=True)
            url = f"https://acme.example:{host.port}/"
            assert await fetcher.fetch(url, accept="*/*", max_bytes=10) == b"{}"

    asyncio.run(run())


def test_r05_name_that_changes_its_address_before_a_redirect_is_checked_again(
    monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    async def run() -> None:
        async with listen(redirect("/again"), tls=authority.issue("acme.example")) as host:
            answer_lookups(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
            fetcher = Fetcher(ca_file=authority.ca_file, dangerously_allow_loopback=True)
            await refuse(fetcher, f"https://acme.example:{host.port}/")
            assert len(host.requests) == 1

    asyncio.run(run())


def test_r05_plain_http_to_localhost_goes_to_loopback_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_lookups(monkeypatch, ["8.8.8.8"])
    fetcher = Fetcher(dangerously_allow_loopback=True)
    with pytest.raises(EgressError) as refusal:
        asyncio.run(fetcher.fetch("http://localhost:8080/", accept="*/*", max_bytes=10))
    # refused when connecting, not by what that host answered
    assert isinstance(refusal.value.__cause__, ClientConnectionError)


# ------------------------------------------------------------------ R06: percent tricks


@pytest.mark.parametrize(
    "did",
    [
        "did:web:acme.example:%2F..",
        "did:web:acme.example:a%2Fb",
        "did:web:acme.example:a%2fb",
        "did:web:acme.example:a%5Cb",
        "did:web:acme.example:%2e%2e:admin",
        "did:web:acme.example:%2E%2E",
        "did:web:acme.example:.%2e",
        "did:web:acme.example:..:admin",
        "did:web:acme.example:.",
        "did:web:acme.example:%2e",
        "did:web:acme.example:a%00",
        "did:web:acme.example:a%0d%0aHost",
        "did:web:acme.example:%252e%252e",
        "did:web:acme.example:a%252Fb",
        "did:web:acme.example:a%25",
        "did:web:acme.example:a%3Fb",
        "did:web:acme.example:a%23b",
        "did:web:acme.example::a",
        "did:web:acme.example:a::b",
        "did:web::a",
        "did:web:acme.example%2F..",
        "did:web:acme.example%2Eevil.example",
        "did:web:acme.example%00",
        "did:web:acme.example%40evil.example",
        "did:web:user%40acme.example",
        "did:web:acme.example%253A8080",
        "did:web:acme.example%3A8080%2F",
        "did:web:acme.example%3A%38080",
    ],
)
def test_r06_percent_trick_is_refused(did: str) -> None:
    with pytest.raises(ResolutionError):
        did_web_url(did)


def test_r06_port_is_the_same_in_both_spellings_and_decoded_once() -> None:
    url = "https://acme.example:8080/agents/planner/did.json"
    assert did_web_url("did:web:acme.example%3A8080:agents:planner") == url
    assert did_web_url("did:web:acme.example%3a8080:agents:planner") == url
    assert did_web_url("did:web:acme.example:a%20b") == "https://acme.example/a%20b/did.json"


# ------------------------------------------------------------------ R07: another DID's document


@pytest.mark.parametrize(
    "claimed",
    ["did:web:other.example", "did:web:ACME.example", "did:web:acme.example#", "did:web:acme.example:a", "", None],
)
def test_r07_document_of_another_did_is_refused(claimed: object) -> None:
    with pytest.raises(ResolutionError):
        parse_did_document({**document("did:web:acme.example"), "id": claimed}, did="did:web:acme.example")
    assert parse_did_document(document("did:web:acme.example"), did="did:web:acme.example").methods


def test_r07_served_document_of_another_did_is_refused(authority: Authority) -> None:
    async def run() -> None:
        body = json.dumps(document("did:web:acme.example")).encode()
        async with listen(say(body), tls=authority.issue("acme.example")) as host:
            hosts = {"acme.example:443": host.address}
            resolver = resolver_of(Fetcher(ca_file=authority.ca_file, hosts=hosts))
            assert (await resolver.resolve("did:web:acme.example", max_age=DAY)).document.methods
            with pytest.raises(ResolutionError):
                await resolver.resolve("did:web:acme.example:agents:planner", max_age=DAY)

    asyncio.run(run())


def test_r07_did_peer_whose_hash_is_that_of_another_document_is_refused() -> None:
    def make(key: str) -> str:
        multikey = encode_multikey(Ed25519Key(key).public_key)
        method = {"id": "#key", "type": "Multikey", "publicKeyMultibase": multikey}
        return build_did_peer_4({"verificationMethod": [method], "assertionMethod": ["#key"]}).long

    honest, other = make("honest"), make("thief")
    assert resolve_did_peer(honest).methods
    forged = honest[: honest.rindex(":")] + other[other.rindex(":") :]
    with pytest.raises(ResolutionError):
        resolve_did_peer(forged)


# ------------------------------------------------------------------ R08: floods


@pytest.mark.parametrize(
    "did",
    [
        "did:peer:4z" + "1" * 46 + ":z" + "2" * 1_000_000,
        "did:peer:2" + ".S" + "A" * 1_000_000,
        "did:peer:2" + ".Vz6Mk" * 100_000,
        "did:key:z" + "2" * 1_000_000,
        "did:jwk:" + "e" * 1_000_000,
    ],
    ids=lambda did: did[:10],
)
def test_r08_did_of_a_megabyte_is_refused_at_once(did: str) -> None:
    began = perf_counter()
    with pytest.raises(ResolutionError):
        resolve_offline(did)
    assert perf_counter() - began < 4


async def endless_chunks(_: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        await writer.drain()


async def fifty_megabytes(_: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")
    for _block in range(3200):
        writer.write(b" " * 0x4000)
        await writer.drain()


async def endless_headers(_: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


async def one_byte_and_then_none(_: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    await reader.read()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(endless_chunks, ResolutionError), (fifty_megabytes, ResolutionError), (endless_headers, UnavailableError)],
)
def test_r08_flood_is_stopped_at_the_bound(answer: Answer, kind: type[LegationError]) -> None:
    async def run() -> None:
        async with listen(answer) as host:
            did = build_did_web(f"http://localhost:{host.port}")
            with pytest.raises(kind):
                await resolver_of(Fetcher(dangerously_allow_loopback=True)).resolve(did, max_age=DAY)

    asyncio.run(run())


def test_r08_gzip_bomb_is_refused_unopened() -> None:
    async def run() -> None:
        bomb = gzip.compress(bytes(50_000_000))
        async with listen(say(bomb, headers=("Content-Encoding: gzip",))) as host:
            await refuse(Fetcher(dangerously_allow_loopback=True), f"http://localhost:{host.port}/")

    asyncio.run(run())


def test_r08_trickle_is_stopped_by_the_clock() -> None:
    async def run() -> None:
        async with listen(one_byte_and_then_none) as host:
            fetcher = Fetcher(dangerously_allow_loopback=True, deadline=timedelta(milliseconds=100))
            await refuse(fetcher, f"http://localhost:{host.port}/", UnavailableError)

    asyncio.run(run())


def test_r08_document_of_usual_size_in_chunks_is_read() -> None:
    async def run() -> None:
        hosts: list[Host] = []

        async def chunks(_: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            body = json.dumps(document(f"did:web:localhost%3A{hosts[0].port}", alsoKnownAs=["x" * 100_000])).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            writer.write(b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n")

        async with listen(chunks) as host:
            hosts.append(host)
            did = build_did_web(f"http://localhost:{host.port}")
            resolution = await resolver_of(Fetcher(dangerously_allow_loopback=True)).resolve(did, max_age=DAY)
            assert resolution.document.id == did

    asyncio.run(run())


# ------------------------------------------------------------------ R10: multicodec confusion

ED25519_RAW = Ed25519Key("r10").public_key.raw
P256_RAW = P256Key("r10").public_key.raw
CONFUSIONS = {
    "P-256 prefix with 32 bytes": b"\x80\x24" + P256_RAW[1:],
    "P-256 prefix with an Ed25519 key": b"\x80\x24" + ED25519_RAW,
    "Ed25519 prefix with a P-256 key": b"\xed\x01" + P256_RAW,
    "secp256k1 prefix with a P-256 key": b"\xe7\x01" + P256_RAW,
    # the generator of secp256k1, whose x no point of P-256 has
    "secp256k1 as P-256": b"\x80\x24"
    + bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
    "Ed25519 private key prefix": b"\x80\x26" + ED25519_RAW,
    "prefix in a longer varint": b"\xed\x81\x00" + ED25519_RAW,
    "no prefix": ED25519_RAW,
}


@pytest.mark.parametrize("data", CONFUSIONS.values(), ids=CONFUSIONS)
def test_r10_key_under_another_types_prefix_is_refused(data: bytes) -> None:
    multibase = "z" + encode_base58(data)
    with pytest.raises(ResolutionError):
        resolve_did_key("did:key:" + multibase)
    did = "did:web:acme.example"
    forged = document(did)
    forged["verificationMethod"][0]["publicKeyMultibase"] = multibase
    (method,) = parse_did_document(forged, did=did).methods.values()
    assert method.key is None


@pytest.mark.parametrize("codec", [b"\xec\x01", b"\xeb\x01", b"\xe7\x01"], ids=["X25519", "BLS12-381 G2", "secp256k1"])
def test_r10_key_of_a_type_that_verifies_nothing_here_is_no_key_for_signatures(codec: bytes) -> None:
    raw = {
        b"\xec\x01": ED25519_RAW,
        b"\xeb\x01": b"\x80" + bytes(94) + b"\x01",
        b"\xe7\x01": bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
    }[codec]
    did = "did:key:z" + encode_base58(codec + raw)
    (method,) = resolve_did_key(did).methods.values()
    assert method.key is None
    # a key agreement key is not even listed where it could be asked for
    listed = [name for name in SIGNING_RELATIONSHIPS if resolve_did_key(did).find_method(method.id, name)]
    assert listed == ([] if codec == b"\xec\x01" else list(SIGNING_RELATIONSHIPS))


@pytest.mark.parametrize("purpose", ["V", "A", "I", "D"])
def test_r10_did_peer_with_a_key_agreement_key_for_signatures_is_refused(purpose: str) -> None:
    multikey = "z" + encode_base58(b"\xec\x01" + ED25519_RAW)
    with pytest.raises(ResolutionError):
        resolve_did_peer(f"did:peer:2.{purpose}{multikey}")
    assert resolve_did_peer(f"did:peer:2.E{multikey}").methods
    with pytest.raises(ResolutionError):
        resolve_did_peer(f"did:peer:2.E{encode_multikey(Ed25519Key('r10').public_key)}")


def test_r10_keys_under_their_own_prefix_are_read() -> None:
    for key in (Ed25519Key("r10").public_key, P256Key("r10").public_key):
        (method,) = resolve_did_key(build_did_key(key)).methods.values()
        assert method.key == key


# ------------------------------------------------------------------ R23: a removed key in caches


def test_r23_removed_key_is_refused_by_every_replica_within_the_bound_and_at_once_when_forced(
    authority: Authority,
) -> None:
    did = "did:web:acme.example"
    served = {"key": "stolen"}

    async def answer(head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await say(json.dumps(document(did, **served)).encode())(head, reader, writer)

    async def knows_the_stolen_key(replica: NetworkResolver) -> bool:
        resolution = await replica.resolve(did, max_age=FIVE_MINUTES)
        return resolution.document.find_method(f"{did}#stolen", "assertionMethod") is not None

    async def run() -> None:
        clock = FakeClock()
        async with listen(answer, tls=authority.issue("acme.example")) as host:
            fetcher = Fetcher(ca_file=authority.ca_file, hosts={"acme.example:443": host.address})
            replicas = [resolver_of(fetcher, clock) for _ in range(2)]
            assert [await knows_the_stolen_key(replica) for replica in replicas] == [True, True]
            served["key"] = "fresh"
            # forced on one replica; the other may use its copy, but no longer than the bound
            replicas[0].forget(did)
            clock.advance(FIVE_MINUTES - timedelta(seconds=1))
            assert [await knows_the_stolen_key(replica) for replica in replicas] == [False, True]
            clock.advance(timedelta(seconds=1))
            assert [await knows_the_stolen_key(replica) for replica in replicas] == [False, False]
        # and when the host is gone, so is what is older than the bound
        clock.advance(FIVE_MINUTES)
        for replica in replicas:
            with pytest.raises(UnavailableError):
                await replica.resolve(did, max_age=FIVE_MINUTES)

    asyncio.run(run())
