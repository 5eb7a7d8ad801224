"""Which URLs the egress guard reads, and which addresses it lets a socket connect to."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from legation.adapters.addresses import is_loopback, is_public, parse_target
from legation.errors import EgressError

CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "localhost",
    "2130706433",
    "0177.0.0.1",
    "",
]


@pytest.mark.parametrize("address", CLOSED)
def test_address_that_is_not_globally_reachable_is_closed(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_global_unicast_address_is_open(address: str) -> None:
    assert is_public(address)


def test_loopback_is_this_machine_and_no_translation_of_it() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("127.1.2.3")
    assert is_loopback("::1")
    for address in ("::ffff:127.0.0.1", "10.0.0.1", "0.0.0.0", "::", "2002:7f00:1::", "localhost", "127.1"):
        assert not is_loopback(address)


@given(st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address)))
def test_open_address_is_never_one_that_python_calls_private(address: IPv4Address | IPv6Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
        assert not is_loopback(str(address))


@pytest.mark.parametrize(
    ("url", "read", "authority"),
    [
        ("https://acme.example", "https://acme.example/", "acme.example:443"),
        ("HTTPS://ACME.example/A?b=C%20d", "https://acme.example/A?b=C%20d", "acme.example:443"),
        ("https://acme.example:443/x", "https://acme.example/x", "acme.example:443"),
        ("http://localhost:8080/.well-known/did.json", "http://localhost:8080/.well-known/did.json", "localhost:8080"),
        ("http://localhost/", "http://localhost/", "localhost:80"),
        ("https://8.8.8.8/", "https://8.8.8.8/", "8.8.8.8:443"),
        ("https://[2606:4700:0:0::1111]:8443/", "https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
    ],
)
def test_url_of_plain_form_is_read(url: str, read: str, authority: str) -> None:
    target = parse_target(url)
    assert (target.url, target.authority) == (read, authority)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme.example",
        "//acme.example/",
        "ftp://acme.example/",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://acme.example:0/",
        "https://acme.example:65536/",
        "https://acme.example:/",
        "https://user@acme.example/",
        "https://user:pass@acme.example/",
        "https://acme.example\\@other.example/",
        "https://acme.example/\\x",
        "https://acme.example#x",
        "https://acme.example/a b",
        "https://acme.example/\r\nHost: x",
        "https://acme.example/\t",
        "https://acme.example/ü",
        "https://acme_.example/",
        "https://acme.example./",
        "https://%6c%6fcalhost/",
        "https://[::1/",
        "https://[::1%25eth0]/",
        "https://[gg::1]/",
        "https://[1:2]/",
        "https://acme.example/" + "x" * 5000,
        "https://" + "a." * 127 + "example/",
        # an address in a disguise
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.01/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://①②⑦.0.0.1/",
        "https://127。0。0。1/",
        "https://acme.0x/",
    ],
)
def test_url_that_two_parsers_could_read_differently_is_refused(url: str) -> None:
    with pytest.raises(EgressError) as refusal:
        parse_target(url)
    assert refusal.value.code == "egress_refused"


def test_names_that_no_public_host_bears_are_known() -> None:
    for name in ("localhost", "a.localhost", "printer.local", "db.internal", "x.home.arpa", "x.onion"):
        assert parse_target(f"https://{name}/").is_private_name
    for name in ("local.example", "internal.example", "notlocal", "localhost.example"):
        assert not parse_target(f"https://{name}/").is_private_name


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"https?://[a-z0-9.:@\[\]\\%-]{0,20}[/?#][a-z0-9/?#%.\\-]{0,10}", fullmatch=True),
    )
)
def test_the_http_client_reads_a_target_as_the_guard_does(url: str) -> None:
    with suppress(EgressError):
        target = parse_target(url)
        read = URL(target.url, encoded=True)
        assert (read.scheme, read.host, read.port) == (target.scheme, target.host.strip("[]"), target.port)
        assert (read.user, read.raw_path_qs) == (None, target.path)
