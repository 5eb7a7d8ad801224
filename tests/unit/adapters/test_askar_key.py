"""Wallet keys: which files they are read from, what a key looks like, and that none of it shows."""

from __future__ import annotations

import copy
import os
import pickle
import stat
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from legation.adapters.askar.key import KeyMethod, WalletKey
from legation.errors import ConflictError, NotFoundError, SettingsError, WalletError
from legation.standards.multiformats import encode_base58
from tests.support.wallets import write_private

RAW = encode_base58(bytes(range(1, 33)))
READERS = [WalletKey.raw_file, WalletKey.passphrase_file]
Reader = Callable[[Path], WalletKey]


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_created_key_file_is_its_owners_alone_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "wallet.key"
    created = WalletKey.create_raw_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert WalletKey.raw_file(path).reveal() == created.reveal()
    assert created.method is KeyMethod.RAW
    assert os.listdir(tmp_path) == ["wallet.key"]


def test_two_created_keys_differ(tmp_path: Path) -> None:
    assert WalletKey.create_raw_file(tmp_path / "a").reveal() != WalletKey.create_raw_file(tmp_path / "b").reveal()


def test_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = write_private(tmp_path / "wallet.key", "what was here")
    with pytest.raises(ConflictError):
        WalletKey.create_raw_file(path)
    assert path.read_text() == "what was here"
    assert os.listdir(tmp_path) == ["wallet.key"]


def test_key_file_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        WalletKey.create_raw_file(tmp_path / "nowhere" / "wallet.key")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o610, 0o666])
def test_file_that_others_may_use_is_refused_until_it_is_private(tmp_path: Path, read: Reader, mode: int) -> None:
    path = write_private(tmp_path / "key", RAW, mode)
    with pytest.raises(SettingsError) as refusal:
        read(path)
    assert "chmod 600" in refusal.value.fix
    path.chmod(0o600)
    assert read(path).reveal() == RAW


@pytest.mark.parametrize("read", READERS)
def test_file_that_its_owner_may_only_read_is_accepted(tmp_path: Path, read: Reader) -> None:
    assert read(write_private(tmp_path / "key", RAW, 0o400)).reveal() == RAW


@pytest.mark.parametrize("read", READERS)
def test_link_to_a_private_file_is_followed_and_the_files_own_mode_counts(tmp_path: Path, read: Reader) -> None:
    link = tmp_path / "link"
    link.symlink_to(write_private(tmp_path / "key", RAW))
    assert read(link).reveal() == RAW
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(SettingsError):
        read(link)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", ["absent", "key/below", "absent/below"])
def test_absent_file_is_not_found(tmp_path: Path, read: Reader, name: str) -> None:
    write_private(tmp_path / "key", RAW)
    with pytest.raises(NotFoundError):
        read(tmp_path / name)


@pytest.mark.parametrize("read", READERS)
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, read: Reader) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    for path in (tmp_path / "pipe", tmp_path / "folder", Path("/dev/null"), tmp_path / "a\0b"):
        with pytest.raises(SettingsError):
            read(path)


@pytest.mark.parametrize("read", READERS)
def test_file_larger_than_any_key_is_refused(tmp_path: Path, read: Reader) -> None:
    with pytest.raises(SettingsError):
        read(write_private(tmp_path / "key", b"a" * 4097))


@pytest.mark.parametrize("content", [RAW, RAW + "\n", RAW + "\r\n", f"  {RAW} \n\n"])
def test_raw_key_may_be_followed_by_a_line_end(tmp_path: Path, content: str) -> None:
    assert WalletKey.raw_file(write_private(tmp_path / "key", content)).reveal() == RAW


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"correct horse battery staple",
        encode_base58(bytes(range(1, 32))).encode(),
        encode_base58(bytes(range(1, 34))).encode(),
        RAW.replace("1", "0", 1).encode() + b"0",
        RAW.encode() + b"\n" + RAW.encode(),
        RAW.encode() + b"\0",
        bytes(range(224, 256)),
        b"z" * 300,
    ],
)
def test_file_without_exactly_one_raw_key_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SettingsError):
        WalletKey.raw_file(write_private(tmp_path / "key", content))


@pytest.mark.parametrize("content", ["open sesame", "open sesame\n", "open sesame\r\nsecond line\n"])
def test_passphrase_is_the_first_line(tmp_path: Path, content: str) -> None:
    key = WalletKey.passphrase_file(write_private(tmp_path / "key", content))
    assert key.reveal() == "open sesame"
    assert key.method is KeyMethod.PASSPHRASE


def test_passphrase_is_the_same_however_it_is_composed(tmp_path: Path) -> None:
    spellings = [unicodedata.normalize(form, "Schlüßel für Zoë") for form in ("NFC", "NFD")]
    assert spellings[0] != spellings[1]
    keys = [WalletKey.passphrase_file(write_private(tmp_path / "key", text)).reveal() for text in spellings]
    assert keys[0] == keys[1]


@pytest.mark.parametrize("content", [b"x", b"a" * 1024])
def test_shortest_and_longest_passphrase_are_accepted(tmp_path: Path, content: bytes) -> None:
    assert WalletKey.passphrase_file(write_private(tmp_path / "key", content)).reveal() == content.decode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\nsecond line",
        b"   \t",
        b"a" * 1025,
        b"cut\0off",
        b"bell\x07",
        "zero\u200bwidth".encode(),
        b"\xff\xfe",
    ],
)
def test_first_line_that_is_no_passphrase_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SettingsError):
        WalletKey.passphrase_file(write_private(tmp_path / "key", content))


def test_key_shows_its_method_and_nothing_else(tmp_path: Path) -> None:
    key = WalletKey.raw_file(write_private(tmp_path / "key", RAW))
    for text in (repr(key), str(key), f"{key}", f"{[key]}", f"{key!r:>80}"):
        assert RAW not in text
        assert "raw" in text
    assert not hasattr(key, "__dict__")


def test_key_cannot_be_written_or_copied_out(tmp_path: Path) -> None:
    key = WalletKey.raw_file(write_private(tmp_path / "key", RAW))
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(WalletError):
            take(key)
