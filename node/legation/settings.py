"""The node's settings: a flag, an environment variable and a TOML key of one name each; unsafe ones are refused."""

from __future__ import annotations

import json
import os
import re
import socket
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from legation.domain.delegation.location import parse_origin
from legation.errors import MalformedError, SettingsError
from legation.standards.did.web import build_did_web
from legation.standards.timestamps import moment_of, parse_timestamp

ENV_PREFIX = "LEGATION_"
CONFIG_VARIABLE = "LEGATION_CONFIG"
DEFAULT_PUBLIC_URL = "http://localhost:8080"
_DEFAULT_PORT = 8080
_BIND = re.compile(r"(localhost|[0-9.]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
_SECONDS = re.compile(r"[0-9]{1,9}")
_MAX_AGE_LIMIT = timedelta(days=1)
_MAX_WORKERS = 64
_POSTGRES = ("postgres", "postgresql")
_PASSWORD = re.compile(r"[^:/?#]*://[^/?#@:]*:[^/?#@]+@|.*[?&]password=", re.IGNORECASE)


class Address(NamedTuple):
    """Where the server listens: one numeric address and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _default_data_dir() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share") / "legation"


def _expand(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError("names a home directory that is not known") from error


def _parse_bind(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _BIND.fullmatch(value.strip())
    if match is None:
        raise ValueError("is not ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    host, port = match[1].strip("[]").replace("localhost", "127.0.0.1"), int(match[2])
    address = ip_address(host)  # a ValueError says what is wrong
    if address.is_unspecified:
        raise ValueError("opens every interface of this machine; name the address of one")
    if not 1 <= port <= 65535:
        raise ValueError("names no port from 1 to 65535")
    return Address(str(address), port)


def _parse_seconds(value: object) -> object:
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        return timedelta(seconds=int(value))
    return value


def _parse_moment(value: object) -> object:
    """Read RFC 3339, as flags, the environment and JSON have it; TOML has moments of its own."""
    if isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        return value
    try:
        return moment_of(parse_timestamp(value))
    except MalformedError as error:
        raise ValueError("is not a moment such as 2026-11-01T12:00:00Z") from error


def _parse_hosts(value: object) -> object:
    """Read ``name:port=address:port`` pairs between commas, or JSON, as the environment and flags have them."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("{"):
        return json.loads(value)
    pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
    if not all(separator for _, separator, _ in pairs):
        raise ValueError("is not NAME:PORT=ADDRESS:PORT, several between commas")
    return {name.strip(): address.strip() for name, _, address in pairs}


def _check_public_url(value: str, info: ValidationInfo) -> str:
    try:
        origin = parse_origin(value.removesuffix("/"))
        build_did_web(origin)
    except MalformedError as error:
        raise ValueError(f"cannot be the node's origin: {error.detail}") from error
    if origin.startswith("http://") and not info.data.get("dangerously_allow_loopback"):
        raise ValueError("is plain http, which only --dangerously-allow-loopback lets a node on this machine use")
    return origin


def _check_workers(value: int) -> int:
    if value > 1 and not hasattr(socket, "SO_REUSEPORT"):
        raise ValueError("cannot be more than 1 on this system, where processes cannot listen on one port")
    return value


def _check_tls(value: Path | None, info: ValidationInfo) -> Path | None:
    # of a public_url that is refused itself nothing more is said
    if (value is None) != (info.data.get("tls_cert") is None):
        raise ValueError("and tls_cert go together: give both, or neither")
    if value is not None and str(info.data.get("public_url", "https:")).startswith("http:"):
        raise ValueError("makes the node answer https, but its public_url is plain http")
    return value


def _store_url(scheme: str) -> Callable[[SecretStr | None], SecretStr | None]:
    """Return the check of a store's URL, which is kept in the one scheme that its library takes."""

    def check(value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        # nothing of it is repeated: it may hold a password
        given, separator, rest = value.get_secret_value().partition("://")
        if given not in _POSTGRES or not separator or not _is_store_place(rest):
            raise ValueError("is not postgresql://USER@HOST:PORT/DATABASE")
        return SecretStr(f"{scheme}://{rest}")

    return check


def _is_store_place(rest: str) -> bool:
    try:
        parts = urlsplit(f"//{rest}")
        return parts.port != 0 and len(parts.path) > 1 and rest.isprintable() and " " not in rest
    except ValueError:
        return False


FilePath = Annotated[Path, AfterValidator(_expand)]
WalletURL = Annotated[SecretStr | None, AfterValidator(_store_url("postgres"))]
DatabaseURL = Annotated[SecretStr | None, AfterValidator(_store_url("postgresql"))]


class Settings(BaseSettings):
    """What a node is told. ``--tls-cert`` on the command line = ``LEGATION_TLS_CERT`` = ``tls_cert`` in the TOML file.

    Get one by :func:`load_settings`.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, validate_default=True
    )

    # first, because public_url asks for it
    dangerously_allow_loopback: bool = Field(
        default=False, description="Let the node be at plain http on this machine, and fetch from it."
    )
    public_url: Annotated[str, AfterValidator(_check_public_url)] = Field(
        default=DEFAULT_PUBLIC_URL, description="The origin under which others reach the node; its DID is made from it."
    )
    bind: Annotated[Address | None, BeforeValidator(_parse_bind)] = Field(
        default=None, description="ADDRESS:PORT to listen on; by default 127.0.0.1 and the port of a http public_url."
    )
    workers: Annotated[int, Field(ge=1, le=_MAX_WORKERS), AfterValidator(_check_workers)] = Field(
        default=1, description="How many processes answer, on one port."
    )
    tls_cert: FilePath | None = Field(
        default=None, description="The node's certificate and its chain, as PEM, where the node ends https itself."
    )
    tls_key: Annotated[FilePath | None, AfterValidator(_check_tls)] = Field(
        default=None, description="The private key of tls_cert, as PEM, readable by its owner alone."
    )
    data_dir: FilePath = Field(
        default_factory=_default_data_dir,
        description="The folder of wallet.db, wallet.key, state.db and operator-token; made where it is absent.",
    )
    wallet_url: WalletURL = Field(
        default=None, description="The wallet in PostgreSQL, as a URL; by default data_dir/wallet.db."
    )
    wallet_key_file: FilePath | None = Field(
        default=None, description="The raw key of the wallet; by default data_dir/wallet.key, made at the first start."
    )
    database_url: DatabaseURL = Field(
        default=None, description="The state in PostgreSQL, as a URL; by default data_dir/state.db."
    )
    trust_file: FilePath | None = Field(
        default=None, description="The trust anchors, as JSON; without it no root is trusted."
    )
    contexts_dir: FilePath | None = Field(
        default=None,
        description="A folder of JSON-LD contexts, listed in its index.json, added to those that come with the node.",
    )
    did_max_age: Annotated[timedelta, BeforeValidator(_parse_seconds), Field(ge=timedelta(0), le=_MAX_AGE_LIMIT)] = (
        Field(default=timedelta(minutes=5), description="How old a fetched DID document may be, in seconds.")
    )
    egress_ca_file: FilePath | None = Field(
        default=None, description="Certificates, as PEM, that are trusted too when documents are fetched."
    )
    egress_hosts: Annotated[dict[str, str], NoDecode, BeforeValidator(_parse_hosts)] = Field(
        default={}, description="NAME:PORT=ADDRESS:PORT, several between commas: where a host is reached instead."
    )

    allow_verification_at: bool = Field(
        default=False,
        description="Let every caller, not only operators of the whole node, verify as of a moment that it names.",
    )
    dangerously_now: Annotated[datetime | None, BeforeValidator(_parse_moment)] = Field(
        default=None, description="The moment at which the node's clock begins at its start, for tests alone."
    )

    @property
    def address(self) -> Address:
        """Where to listen."""
        if self.bind is not None:
            return self.bind
        url = urlsplit(self.public_url)
        if url.scheme == "http":
            return Address("127.0.0.1", url.port or 80)
        # without a certificate of its own https is somebody else's to end, in front of this node
        return Address("127.0.0.1", _DEFAULT_PORT if self.tls_cert is None else url.port or 443)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags before the environment before the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


class _Restored(Settings):
    """Settings that are taken over as they are, whatever the environment says."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was handed over alone."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings, and for each of them where it was said: ``flag``, a variable, a file, or ``default``."""

    settings: Settings
    origins: Mapping[str, str]


def load_settings(flags: Mapping[str, object], *, config: Path | None = None) -> Settings:
    """Return the settings of ``flags`` (by name; None = not given), the environment and a TOML file.

    The file is ``config``, else what ``LEGATION_CONFIG`` names, else ``config.toml`` in the user's configuration, if
    there is one.

    Raises:
        SettingsError: settings that cannot be used or are not safe, all of them in one message.
    """
    return load_configuration(flags, config=config).settings


def load_configuration(flags: Mapping[str, object], *, config: Path | None = None) -> Configuration:
    """Return the settings with their origins; else as :func:`load_settings`. Raises as that."""
    path = _find_config(config)

    class Configured(Settings):
        """The settings with this file."""

        model_config = SettingsConfigDict(toml_file=path)

    given = {name: value for name, value in flags.items() if value is not None}
    exposed = _find_exposed(given)
    try:
        settings = Configured(**given)  # type: ignore[arg-type]  # pydantic says what does not fit
    except ValidationError as error:
        # raised from nothing: pydantic's error repeats what was given, passwords too
        raise SettingsError("; ".join([*_explain(error), *exposed])) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the file {path} is not TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the file {path} cannot be read as TOML") from error
    if exposed:
        raise SettingsError("; ".join(exposed))
    return Configuration(settings, _find_origins(given, path))


def dump_settings(settings: Settings) -> str:
    """Write settings down, secrets too, for a process of the same node alone."""
    secrets = {
        name: value.get_secret_value()
        for name in type(settings).model_fields
        if isinstance(value := getattr(settings, name), SecretStr)
    }
    return json.dumps({**settings.model_dump(mode="json"), **secrets})


def restore_settings(text: str) -> Settings:
    """Read what :func:`dump_settings` wrote; neither environment nor files are looked at."""
    return _Restored(**json.loads(text))


def show_setting(value: object) -> str | int | bool | dict[str, str] | None:
    """Return a setting's value as JSON can have it and anybody may see it."""
    if isinstance(value, SecretStr):
        return "(set)"
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if value is None or isinstance(value, bool | int):
        return value
    return {str(name): str(place) for name, place in value.items()} if isinstance(value, dict) else str(value)


def _find_exposed(given: Mapping[str, object]) -> list[str]:
    """Refuse a password among the flags, which every process of the machine may read."""
    return [
        f"{name} ({_flag(name)}) holds a password, which no flag may: give it as {ENV_PREFIX}{name.upper()}"
        for name in ("wallet_url", "database_url")
        if _PASSWORD.match(str(given.get(name)))
    ]


def _find_origins(given: Mapping[str, object], path: Path | None) -> dict[str, str]:
    variables = {name.upper(): name for name, value in os.environ.items() if value}
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8")) if path is not None else {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"the file {path} cannot be read as TOML") from error

    def find(name: str) -> str:
        if name in given:
            return f"flag {_flag(name)}"
        variable = variables.get(ENV_PREFIX + name.upper())
        if variable is not None:
            return f"environment {variable}"
        return f"file {path}" if name in written else "default"

    return {name: find(name) for name in Settings.model_fields}


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _find_config(given: Path | None) -> Path | None:
    named = given or os.environ.get(CONFIG_VARIABLE)
    if named:
        if not Path(named).is_file():
            raise SettingsError(f"there is no configuration file {named}")
        return Path(named)
    usual = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config") / "legation" / "config.toml"
    return usual.expanduser() if usual.expanduser().is_file() else None


def _explain(error: ValidationError) -> list[str]:
    messages = []
    for problem in error.errors(include_url=False, include_input=False):
        name = str(problem["loc"][0]) if problem["loc"] else "the settings"
        if problem["type"] == "extra_forbidden":
            messages.append(f"{name} is not a setting of this version")
            continue
        said = problem["msg"].removeprefix("Value error, ")
        said = said if problem["type"] == "value_error" else f"cannot be used: {said[:1].lower()}{said[1:]}"
        messages.append(f"{name} ({_flag(name)}, {ENV_PREFIX}{name.upper()}) {said}")
    return messages
