"""The node's settings: where they come from, which wins, and which are refused."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from legation.errors import SettingsError
from legation.settings import (
    Address,
    Settings,
    dump_settings,
    load_configuration,
    load_settings,
    restore_settings,
    show_setting,
)

SAFE = "https://node.example"


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take away what the environment and the user's files say."""
    import os

    for name in list(os.environ):
        if name.startswith("LEGATION_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def load(**flags: object) -> Settings:
    return load_settings({"public_url": SAFE, **flags})


def refuse(**flags: object) -> str:
    with pytest.raises(SettingsError) as refusal:
        load_settings(flags)
    return refusal.value.detail


def toml(folder: Path, text: str) -> Path:
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


# ------------------------------------------------------------------ where they come from


def test_flag_goes_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = toml(tmp_path, 'public_url = "https://file.example"\ndid_max_age = 11\ntrust_file = "file.json"\n')
    monkeypatch.setenv("LEGATION_PUBLIC_URL", "https://environment.example")
    monkeypatch.setenv("LEGATION_DID_MAX_AGE", "22")
    settings = load_settings({"public_url": "https://flag.example", "did_max_age": None}, config=config)
    assert settings.public_url == "https://flag.example"
    assert settings.did_max_age == timedelta(seconds=22)
    assert settings.trust_file == Path("file.json")


def test_variable_names_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEGATION_CONFIG", str(toml(tmp_path, 'public_url = "https://file.example"')))
    assert load_settings({}).public_url == "https://file.example"


def test_file_in_the_users_configuration_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "legation"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('public_url = "https://file.example"', encoding="utf-8")
    assert load_settings({}).public_url == "https://file.example"


def test_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_BIND", "")
    assert load().bind is None


def test_every_setting_has_a_default_but_none_that_is_unsafe(tmp_path: Path) -> None:
    settings = load()
    assert not settings.dangerously_allow_loopback
    assert (settings.dangerously_now, settings.allow_verification_at) == (None, False)
    assert settings.data_dir == tmp_path / "data" / "legation"
    assert (settings.wallet_key_file, settings.trust_file, settings.egress_ca_file) == (None, None, None)
    assert settings.did_max_age == timedelta(minutes=5)
    assert settings.egress_hosts == {}


def test_home_directory_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somebody")
    assert load(data_dir="~/node").data_dir == Path("/somebody/node")


def test_hosts_are_read_from_text_from_json_and_from_the_file(tmp_path: Path) -> None:
    hosts = {"acme.example:443": "127.0.0.1:8443", "b.example:443": "[::1]:1"}
    text = "acme.example:443=127.0.0.1:8443, b.example:443=[::1]:1"
    as_json = '{"acme.example:443": "127.0.0.1:8443", "b.example:443": "[::1]:1"}'
    config = toml(tmp_path, '[egress_hosts]\n"acme.example:443" = "127.0.0.1:8443"\n"b.example:443" = "[::1]:1"\n')
    assert load(egress_hosts=text).egress_hosts == hosts
    assert load(egress_hosts=as_json).egress_hosts == hosts
    assert load_settings({"public_url": SAFE}, config=config).egress_hosts == hosts


# ------------------------------------------------------------------ where to listen


@pytest.mark.parametrize(
    ("public_url", "listens"),
    [
        ("https://node.example", "127.0.0.1:8080"),
        ("https://node.example:8443", "127.0.0.1:8080"),
        ("http://localhost:8181", "127.0.0.1:8181"),
        ("http://localhost", "127.0.0.1:80"),
    ],
)
def test_node_listens_on_loopback_unless_told_otherwise(public_url: str, listens: str) -> None:
    settings = load_settings({"public_url": public_url, "dangerously_allow_loopback": True})
    assert str(settings.address) == listens


@pytest.mark.parametrize(
    ("bind", "address"),
    [
        ("127.0.0.1:9000", Address("127.0.0.1", 9000)),
        ("localhost:9000", Address("127.0.0.1", 9000)),
        ("[::1]:9000", Address("::1", 9000)),
        ("[0:0::1]:9000", Address("::1", 9000)),
        ("10.1.2.3:443", Address("10.1.2.3", 443)),
    ],
)
def test_bind_is_an_address_and_a_port(bind: str, address: Address) -> None:
    assert load(bind=bind).address == address


@pytest.mark.parametrize(
    "bind",
    [
        "0.0.0.0:80",
        "[::]:80",
        "[0::0]:80",
        "0.0.0.0",
        "8080",
        ":8080",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:x",
        "127.1:80",
        "node.example:80",
        "[::1:80",
        "",
    ],
)
def test_bind_to_every_interface_or_of_another_form_is_refused(bind: str) -> None:
    assert "bind" in refuse(public_url=SAFE, bind=bind)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://node.example/", SAFE),
        ("https://Node.Example", SAFE),
        ("https://node.example:443", SAFE),
        ("https://node.example:8443", "https://node.example:8443"),
    ],
)
def test_public_url_is_kept_in_its_one_form(given: str, kept: str) -> None:
    assert load(public_url=given).public_url == kept


@pytest.mark.parametrize(
    "public_url",
    [
        "http://node.example",
        "http://localhost:8080",
        "https://10.0.0.1",
        "https://[::1]",
        "https://node.example/path",
        "https://node.example?x",
        "https://user@node.example",
        "ftp://node.example",
        "node.example",
        "",
    ],
)
def test_public_url_that_is_no_safe_origin_is_refused(public_url: str) -> None:
    assert "public_url" in refuse(public_url=public_url)


def test_default_public_url_is_plain_http_and_refused() -> None:
    assert "public_url" in refuse()


def test_dangerous_setting_lets_plain_http_be_on_this_machine_and_nowhere_else() -> None:
    assert load_settings({"dangerously_allow_loopback": True}).public_url == "http://localhost:8080"
    assert "public_url" in refuse(dangerously_allow_loopback=True, public_url="http://node.example")


def test_all_faults_are_told_at_once() -> None:
    said = refuse(public_url="http://node.example", bind="0.0.0.0:1", did_max_age="soon", egress_hosts="x", workers=65)
    for name in ("public_url", "bind", "did_max_age", "egress_hosts", "workers"):
        assert name in said


@pytest.mark.parametrize("age", ["-1", "soon", "86401", "", -5])
def test_age_that_bounds_nothing_is_refused(age: object) -> None:
    assert "did_max_age" in refuse(public_url=SAFE, did_max_age=age)


@pytest.mark.parametrize("text", ["bind = [", "\x00", "typo_in_a_name = 1"])
def test_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError):
        load_settings({"public_url": SAFE}, config=toml(tmp_path, text))


def test_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError):
        load_settings({"public_url": SAFE}, config=path)


def test_file_that_was_named_and_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        load_settings({"public_url": SAFE}, config=tmp_path / "none.toml")


# ------------------------------------------------------------------ workers, TLS, stores


@pytest.mark.parametrize("workers", ["1", "64", 3])
def test_node_has_one_to_sixty_four_workers(workers: object) -> None:
    assert load(workers=workers).workers == int(str(workers))


@pytest.mark.parametrize("workers", ["0", "65", "-1", "two", "1.5", ""])
def test_other_numbers_of_workers_are_refused(workers: str) -> None:
    assert "workers" in refuse(public_url=SAFE, workers=workers)


def test_more_than_one_worker_is_refused_where_processes_cannot_share_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("socket.SO_REUSEPORT")
    assert "workers" in refuse(public_url=SAFE, workers="2")
    assert load(workers="1").workers == 1


def test_certificate_and_key_go_together() -> None:
    both = load(tls_cert="node.crt", tls_key="node.key")
    assert (both.tls_cert, both.tls_key) == (Path("node.crt"), Path("node.key"))
    assert "tls_key" in refuse(public_url=SAFE, tls_cert="node.crt")
    assert "tls_key" in refuse(public_url=SAFE, tls_key="node.key")


def test_certificate_with_a_public_url_of_plain_http_is_refused() -> None:
    plain = {"public_url": "http://localhost:8080", "dangerously_allow_loopback": True}
    assert "tls_key" in refuse(**plain, tls_cert="node.crt", tls_key="node.key")


@pytest.mark.parametrize(
    ("public_url", "listens"), [(SAFE, "127.0.0.1:443"), ("https://node.example:8443", "127.0.0.1:8443")]
)
def test_node_with_a_certificate_listens_on_the_port_of_its_public_url(public_url: str, listens: str) -> None:
    assert str(load_settings({"public_url": public_url, "tls_cert": "c", "tls_key": "k"}).address) == listens


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_url_of_a_store_is_kept_in_the_scheme_of_its_library(scheme: str) -> None:
    settings = load(wallet_url=f"{scheme}://me@db.example:5433/wallet", database_url=f"{scheme}:///state?host=/run/db")
    assert settings.wallet_url is not None
    assert settings.database_url is not None
    assert settings.wallet_url.get_secret_value() == "postgres://me@db.example:5433/wallet"
    assert settings.database_url.get_secret_value() == "postgresql:///state?host=/run/db"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://h/d",
        "sqlite:///state.db",
        "postgresql://",
        "postgresql://h",
        "postgresql://h/",
        "h/d",
        "postgresql://h:x/d",
    ],
)
def test_url_of_another_store_is_refused(url: str) -> None:
    assert "database_url" in refuse(public_url=SAFE, database_url=url)
    assert "wallet_url" in refuse(public_url=SAFE, wallet_url=url)


# ------------------------------------------------------------------ secrets

PASSWORD = "hunter2hunter2"
SECRET_URL = f"postgresql://me:{PASSWORD}@db.example/state"


def test_password_is_taken_from_the_environment_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_DATABASE_URL", SECRET_URL)
    settings = load()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == SECRET_URL
    shown = [repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()]
    shown.append(str({name: show_setting(getattr(settings, name)) for name in Settings.model_fields}))
    assert not [text for text in shown if PASSWORD in text]


@pytest.mark.parametrize(
    "url", [SECRET_URL, f"postgresql:///state?host=/run&password={PASSWORD}", f"mysql://me:{PASSWORD}@h/d"]
)
def test_password_as_a_flag_is_refused_and_not_repeated(url: str) -> None:
    said = refuse(public_url=SAFE, database_url=url)
    assert "database_url" in said
    assert PASSWORD not in said


def test_url_without_a_password_may_be_a_flag() -> None:
    assert load(database_url="postgresql://me:@db.example/state").database_url is not None


def test_refused_url_is_not_repeated_in_any_part_of_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_WALLET_URL", f"mysql://me:{PASSWORD}@h/d")
    with pytest.raises(SettingsError) as refusal:
        load()
    shown = "".join(traceback.format_exception(refusal.value))
    assert PASSWORD not in shown


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-11-01T12:00:00Z", datetime(2026, 11, 1, 12, tzinfo=UTC)),
        ("2026-11-01T13:00:00.5+01:00", datetime(2026, 11, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_moment_of_the_clock_is_kept_in_utc(given: str, kept: datetime) -> None:
    assert load(dangerously_now=given).dangerously_now == kept


@pytest.mark.parametrize("given", ["soon", "2026-11-01", "2026-11-01T12:00:00", "2026-02-30T12:00:00Z", "1793534400"])
def test_moment_of_the_clock_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(SettingsError):
        load(dangerously_now=given)


def test_moment_of_the_clock_is_read_from_the_file_too(tmp_path: Path) -> None:
    config = toml(tmp_path, f'public_url = "{SAFE}"\ndangerously_now = 2026-11-01T12:00:00Z\n')
    assert load_configuration({}, config=config).settings.dangerously_now == datetime(2026, 11, 1, 12, tzinfo=UTC)
    naive = toml(tmp_path, f'public_url = "{SAFE}"\ndangerously_now = 2026-11-01T12:00:00\n')
    with pytest.raises(SettingsError):
        load_configuration({}, config=naive)


# ------------------------------------------------------------------ origins, and settings for another process


def test_each_setting_has_the_origin_that_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = toml(tmp_path, 'public_url = "https://file.example"\nworkers = 2\ntrust_file = "t.json"\n')
    monkeypatch.setenv("LEGATION_WORKERS", "3")
    monkeypatch.setenv("LEGATION_DID_MAX_AGE", "")
    found = load_configuration({"public_url": SAFE, "bind": None}, config=config)
    assert found.settings.workers == 3
    assert found.origins["public_url"] == "flag --public-url"
    assert found.origins["workers"] == "environment LEGATION_WORKERS"
    assert found.origins["trust_file"] == f"file {config}"
    assert {found.origins[name] for name in ("bind", "did_max_age", "data_dir")} == {"default"}
    assert found.origins.keys() == Settings.model_fields.keys()


def test_settings_are_the_same_in_another_process_whatever_its_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LEGATION_DATABASE_URL", SECRET_URL)
    settings = load(bind="[::1]:9", did_max_age="61", egress_hosts="a.example:1=127.0.0.1:2", data_dir=tmp_path)
    settings = settings.model_copy(update={"dangerously_now": datetime(2026, 11, 1, 12, tzinfo=UTC)})
    written = dump_settings(settings)
    monkeypatch.setenv("LEGATION_DATABASE_URL", "postgresql://other/other")
    monkeypatch.setenv("LEGATION_WORKERS", "9")
    restored = restore_settings(written)
    assert {name: getattr(restored, name) for name in Settings.model_fields} == {
        name: getattr(settings, name) for name in Settings.model_fields
    }
