"""The node's settings: a flag, an environment variable and a TOML key of one name each; unsafe ones are refused."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo
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

ENV_PREFIX = "LEGATION_"
CONFIG_VARIABLE = "LEGATION_CONFIG"
DEFAULT_PUBLIC_URL = "http://localhost:8080"
_DEFAULT_PORT = 8080
_BIND = re.compile(r"(localhost|[0-9.]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
_SECONDS = re.compile(r"[0-9]{1,9}")
_MAX_AGE_LIMIT = timedelta(days=1)


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


FilePath = Annotated[Path, AfterValidator(_expand)]


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
    data_dir: FilePath = Field(
        default_factory=_default_data_dir,
        description="The folder of wallet.db, wallet.key, state.db and operator-token; made where it is absent.",
    )
    wallet_key_file: FilePath | None = Field(
        default=None, description="The raw key of the wallet; by default data_dir/wallet.key, made at the first start."
    )
    trust_file: FilePath | None = Field(
        default=None, description="The trust anchors, as JSON; without it no root is trusted."
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

    @property
    def address(self) -> Address:
        """Where to listen."""
        if self.bind is not None:
            return self.bind
        url = urlsplit(self.public_url)
        # https is somebody else's to end, in front of this node
        return Address("127.0.0.1", url.port or 80 if url.scheme == "http" else _DEFAULT_PORT)

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


def load_settings(flags: Mapping[str, object], *, config: Path | None = None) -> Settings:
    """Return the settings of ``flags`` (by name; None = not given), the environment and a TOML file.

    The file is ``config``, else what ``LEGATION_CONFIG`` names, else ``config.toml`` in the user's configuration, if
    there is one.

    Raises:
        SettingsError: settings that cannot be used or are not safe, all of them in one message.
    """
    path = _find_config(config)

    class Configured(Settings):
        """The settings with this file."""

        model_config = SettingsConfigDict(toml_file=path)

    try:
        return Configured(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]  # pydantic says what does not fit
    except ValidationError as error:
        raise _explain(error) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the file {path} is not TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the file {path} cannot be read as TOML") from error


def _find_config(given: Path | None) -> Path | None:
    named = given or os.environ.get(CONFIG_VARIABLE)
    if named:
        if not Path(named).is_file():
            raise SettingsError(f"there is no configuration file {named}")
        return Path(named)
    usual = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config") / "legation" / "config.toml"
    return usual.expanduser() if usual.expanduser().is_file() else None


def _explain(error: ValidationError) -> SettingsError:
    messages = []
    for problem in error.errors(include_url=False, include_input=False):
        name = str(problem["loc"][0]) if problem["loc"] else "the settings"
        if problem["type"] == "extra_forbidden":
            messages.append(f"{name} is not a setting of this version")
            continue
        said = problem["msg"].removeprefix("Value error, ")
        said = said if problem["type"] == "value_error" else f"cannot be used: {said[:1].lower()}{said[1:]}"
        flag, variable = "--" + name.replace("_", "-"), ENV_PREFIX + name.upper()
        messages.append(f"{name} ({flag}, {variable}) {said}")
    return SettingsError("; ".join(messages))
