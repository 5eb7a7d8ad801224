"""Wallets on a server: which URLs are read, how Askar is told of them, and what of them may be shown."""

from __future__ import annotations

import pytest

from legation.adapters.askar.servers import WalletServer
from legation.errors import SettingsError

POOL = "connect_timeout=3&idle_timeout=5&max_connections=10"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgres://ana:pw@db.example/wallet", "postgres://ana:pw@db.example/wallet?"),
        ("postgresql://ana:pw@db.example:5433/wallet", "postgres://ana:pw@db.example:5433/wallet?"),
        ("postgres://ana:p%40w%2F%3A@10.0.0.1/wallet", "postgres://ana:p%40w%2F%3A@10.0.0.1/wallet?"),
        ("postgres://ana@[::1]:5432/wallet", "postgres://ana:@[::1]:5432/wallet?"),
        ("postgres://ana:@/wallet?host=/run/pg", "postgres://ana:@%252Frun%252Fpg/wallet?"),
        ("postgres://ana:pw@h/w?sslmode=verify-full", "postgres://ana:pw@h/w?sslmode=verify-full&"),
        (
            "postgres://ana:pw@h/w?admin_account=b&admin_password=c",
            "postgres://ana:pw@h/w?admin_account=b&admin_password=c&",
        ),
    ],
)
def test_url_is_told_to_askar_in_its_own_words(url: str, told: str) -> None:
    assert WalletServer(url).uri == told + POOL


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://ana:pw@h/w",
        "postgres://h/w",
        "postgres://:pw@h/w",
        "postgres://ana:pw@h",
        "postgres://ana:pw@h/",
        "postgres://ana:pw@h/a/b",
        "postgres://ana:pw@h/w%3Fsslmode=disable",
        'postgres://ana:pw@h/w"; DROP',
        "postgres://ana:pw@h:notaport/w",
        "postgres://ana:pw@h:99999/w",
        "postgres://ana:pw@h/w#fragment",
        "postgres://ana:pw@h/w?unknown=1",
        "postgres://ana:pw@h/w?sslmode=none",
        "postgres://ana:pw@h/w?sslmode=disable&sslmode=require",
        "postgres://ana:pw@h/w?max_connections=9999",
        "postgres://ana:pw@h/w?host=/run/pg",
        "postgres://ana:pw@/w?host=run/pg",
        "postgres://ana:pw@/w?host=/run/%252e",
        "postgres://ana:pw@a,b/w",
        "postgres://ana:pw@h/w\n",
        "postgres://ana:pw@h/" + "w" * 3000,
        "postgres://änä:pw@h/w",
    ],
)
def test_url_that_is_no_use_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        WalletServer(url)
    assert not url or url not in f"{refusal.value} {refusal.value.fix}"
    assert refusal.value.__cause__ is None


def test_what_is_shown_of_a_server_holds_no_secret() -> None:
    url = "postgres://ana:horse@db.example:5433/wallet?admin_account=boss&admin_password=battery"
    assert repr(WalletServer(url)) == "WalletServer(db.example:5433/wallet)"
