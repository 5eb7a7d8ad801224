"""What one process of a node does before any of them answers: safe settings, one node per folder, nothing half done."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from legation.adapters.folder_lock import FolderLock
from legation.adapters.operator_token import ensure_operator_token
from legation.adapters.private_files import check_private
from legation.adapters.trust_file import read_trust_file
from legation.bootstrap.files import Files, make_folder
from legation.bootstrap.stores import Stores
from legation.bootstrap.tls import build_tls
from legation.domain.trust import TrustAnchors
from legation.errors import LegationError, NotFoundError, SettingsError
from legation.settings import Settings
from legation.usecases.hosting import ensure_node
from legation.usecases.operators import Operators
from legation.usecases.recovery import recover

# another replica may be at work on what is younger
OLDER_THAN = timedelta(seconds=60)
_OPEN_FILES = 65_536


def read_anchors(settings: Settings) -> TrustAnchors:
    """Return the anchors of the trust file. Raises SettingsError."""
    return TrustAnchors() if settings.trust_file is None else read_trust_file(settings.trust_file)


def check_files(settings: Settings) -> None:
    """Check every file that the settings name, before anything is written.

    Raises:
        SettingsError: some cannot be used, all of them in one message.
    """
    refused = [error for error in map(_refusal, _checks(settings)) if error is not None]
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise SettingsError("; ".join(error.detail for error in refused))


def take_folder(settings: Settings) -> FolderLock:
    """Make the data folder its owner's alone, and this node's.

    Raises:
        SettingsError: another node is at work there, or it cannot be made.
    """
    make_folder(settings.data_dir)
    return FolderLock.take(settings.data_dir)


async def prepare(settings: Settings, stores: Stores) -> str:
    """Finish or remove what an earlier process left half done, make what a new node needs, and return the node's DID.

    Raises:
        SettingsError: the data is of another origin, or a file cannot be used.
        WalletError, UnavailableError: a store does not do its part.
    """
    # with a state of its own a node is alone, as it holds the lock of its folder
    older_than = timedelta(0) if settings.database_url is None else OLDER_THAN
    await recover(stores.state, stores.vault, stores.clock, older_than=older_than)
    node = await ensure_node(stores.state, stores.vault, stores.clock, public_url=settings.public_url)
    await _ensure_operator(stores, Files.of(settings))
    return node.did


def raise_file_limit() -> None:
    """Let this process open as many connections as its limits provide for, where the system allows that."""
    if sys.platform == "win32":
        return
    import resource

    # where a service manager forbids it, it has set the limit itself
    with suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _ensure_operator(stores: Stores, files: Files) -> None:
    operators = Operators(stores.state, stores.clock)
    # a node that has operators gets no new token because a file is gone: it would open nothing
    if files.operator_token.exists() or not await operators.has_any():
        await operators.adopt_first(ensure_operator_token(files.operator_token))


def _checks(settings: Settings) -> list[Callable[[], object]]:
    checks: list[Callable[[], object]] = [lambda: read_anchors(settings), lambda: build_tls(settings)]
    key = settings.wallet_key_file
    if key is not None:
        checks.append(lambda: check_private(key))
    ca = settings.egress_ca_file
    if ca is not None and not os.access(ca, os.R_OK):
        checks.append(lambda: _refuse(f"the egress_ca_file {ca} cannot be read"))
    return checks


def _refusal(check: Callable[[], object]) -> LegationError | None:
    try:
        check()
    except NotFoundError as error:
        return SettingsError(error.detail, fix=error.fix)
    except LegationError as error:
        return error
    return None


def _refuse(detail: str) -> None:
    raise SettingsError(detail)
