"""Askar's binding, so corrected that each operation learns its own error and not another's."""

from __future__ import annotations

from asyncio import Future
from ctypes import c_int64

from aries_askar import AskarError, AskarErrorCode
from aries_askar.bindings.lib import LibLoad


def correct_errors() -> None:
    """Make the binding go by the code that its callback is given; a second time does nothing.

    Askar keeps one last error for the whole process, and its Python binding asks for that one after the callback:
    of two operations that fail at once, one got the other's error, or one without code and text (measured, 0.5.0). A
    failed removal that is taken for "there is no such key" would leave a key that everybody believes to be destroyed.
    """
    LibLoad._handle_callback = _handle_callback  # type: ignore[assignment]  # noqa: SLF001 - see above


def _handle_callback(library: LibLoad, callback_id: int, code: int, result: c_int64 | int | str | None = None) -> None:
    error = _own_error(library, code) if code else None
    loop, future, _ = library._callbacks.pop(callback_id, (None, None, None))  # noqa: SLF001 - the binding's own
    # a loop that is closed has nobody left who waits
    if loop is not None and isinstance(future, Future) and not loop.is_closed():
        loop.call_soon_threadsafe(library._fulfill_future, future, result, error)  # noqa: SLF001 - the binding's own


def _own_error(library: LibLoad, code: int) -> AskarError:
    found = library.get_current_error(True)
    if found is not None and found.code == code:
        return found
    try:
        known = AskarErrorCode(code)
    except ValueError:
        known = AskarErrorCode.UNEXPECTED
    return AskarError(known, "the text of this error was overtaken by another's")
