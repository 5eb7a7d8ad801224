"""The operator's token in its file, made at the first start and readable by its owner alone."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

from legation.adapters.private_files import read_private, write_private
from legation.domain.operators import TOKEN_BYTES, OperatorToken, build_operator_token
from legation.errors import ConflictError, MalformedError, NotFoundError, SettingsError

_MAX_FILE_BYTES = 1024


def ensure_operator_token(path: Path) -> OperatorToken:
    """Return the token of the file, which is made with a new token, mode 0600, where there is none.

    Raises:
        SettingsError: others may read the file, it holds no token, or none can be made there.
    """
    try:
        return _read(path)
    except NotFoundError:
        # where another process is first, its token counts
        with suppress(ConflictError):
            _create(path)
    return _read(path)


def _create(path: Path) -> None:
    write_private(path, build_operator_token(secrets.token_bytes(TOKEN_BYTES)).encode("ascii") + b"\n")


def _read(path: Path) -> OperatorToken:
    content = read_private(path, max_bytes=_MAX_FILE_BYTES)
    try:
        return OperatorToken.parse(content.decode("ascii", "replace").strip())
    except MalformedError:
        pass
    # outside of the handler, so that no cause of it has seen the text
    raise SettingsError(
        f"the file {path} holds no operator token", fix="Remove it, and a new one is made at the next start."
    )
