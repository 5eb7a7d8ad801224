"""The vault against kills, foreign SQLite and full disks, and callers who want to see a private key, or a gone one."""

from __future__ import annotations

import asyncio
import base64
import copy
import inspect
import json
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aries_askar import Store

from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.vault import AskarVault
from legation.crypto.keys import KeyType, load_public_key
from legation.domain.agent_keys import KeyKind
from legation.errors import LegationError
from legation.standards.multiformats import encode_base58, encode_base64url
from tests.support.postgres import shared_postgres
from tests.support.wallets import key_in

KINDS = {"1": KeyKind.ED25519, "2": KeyKind.X25519, "3": KeyKind.BLS12_381_G2}


def start(folder: Path, program: str, location: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, location, str(folder / "wallet.key"), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


# ------------------------------------------------------------------ K01

CREATE = """
import asyncio, sys
from pathlib import Path
from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.vault import AskarVault
from legation.domain.agent_keys import KeyKind

async def main(location, key, prefix):
    place = location if "://" in location else Path(location)
    vault = await AskarVault.open(place, WalletKey.raw_file(key), create=True)

    async def create(index):
        public = await vault.create(f"{prefix}-{index}", {"1": KeyKind.ED25519, "2": KeyKind.X25519})
        print(f"{prefix}-{index}", public["1"].hex(), flush=True)

    for start in range(0, 100000, 4):
        await asyncio.gather(*(create(start + index) for index in range(4)))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["file", "server"])
def test_k01_profiles_that_were_acknowledged_before_a_kill_are_there_and_sign(tmp_path: Path, backend: str) -> None:
    key = key_in(tmp_path)
    location = str(tmp_path / "wallet.db") if backend == "file" else shared_postgres().create_database()
    chance = random.Random(20261102)
    acknowledged: dict[str, str] = {}
    for turn in range(8):
        process = start(tmp_path, CREATE, location, f"turn-{turn}")
        assert process.stdout is not None
        # the first turn dies while the wallet is made, the others wherever the kill finds them
        for _ in range(0 if turn < 1 else chance.randrange(1, 30)):
            name, public = process.stdout.readline().split()
            acknowledged[name] = public
        process.kill()
        rest, _ = process.communicate()
        acknowledged.update(line.split() for line in rest.splitlines(keepends=True) if line.endswith("\n"))

    async def check() -> None:
        vault = await AskarVault.open(location if backend == "server" else Path(location), key, create=True)
        for name, public in acknowledged.items():
            assert await vault.find_keys(name) == {"1", "2"}
            handle = await vault.signing_key(name, "1")
            load_public_key(KeyType.ED25519, bytes.fromhex(public)).verify(b"message", handle.sign(b"message"))
        await vault.close()

    assert len(acknowledged) > 50
    asyncio.run(check())


# ------------------------------------------------------------------ K02

WATCH = """
import json, sys

touched = []

def watch(event, arguments):
    if event in ("open", "sqlite3.connect", "os.remove", "os.rename", "os.truncate", "shutil.copyfile"):
        touched.append([event, str(arguments[0])])

sys.addaudithook(watch)
import asyncio
from pathlib import Path
from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.key_file import rotate_key_file
from legation.adapters.askar.vault import AskarVault
from legation.domain.agent_keys import KeyKind

async def main(path, key):
    for name in "ab":
        vault = await AskarVault.open(Path(path), WalletKey.raw_file(key), create=True)
        await vault.create(name, {kind.value: kind for kind in KeyKind})
        await vault.add_key(name, "more", KeyKind.P256)
        (await vault.signing_key(name, "more")).sign(b"message")
        await vault.remove_keys(name, ["more"])
        await vault.find_keys(name)
        await vault.ping()
        await rotate_key_file(vault, Path(key))
        await vault.copy_to(Path(path).with_name(f"copy-{name}.db"), WalletKey.raw_file(key))
        await vault.remove("a")
        await vault.close()

asyncio.run(main(*sys.argv[1:]))
print(json.dumps([touched, "sqlite3" in sys.modules]))
"""


def test_k02_vaults_file_is_opened_by_askar_alone(tmp_path: Path) -> None:
    key_in(tmp_path)
    process = start(tmp_path, WATCH, str(tmp_path / "wallet.db"))
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    touched, has_sqlite = json.loads(output)
    assert not has_sqlite
    names = {Path(path).name for _, path in touched if Path(path).parent == tmp_path}
    assert "wallet.key" in names
    assert not names.intersection(f"{name}{end}" for name in ("wallet.db", "copy-a.db") for end in ("", "-wal", "-shm"))


# ------------------------------------------------------------------ K03

FILL = """
import asyncio, os, resource, sys
from pathlib import Path
from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.vault import AskarVault
from legation.domain.agent_keys import KeyKind
from legation.errors import FullError, UnavailableError

KINDS = {"1": KeyKind.ED25519, "2": KeyKind.X25519}

async def main(path, key):
    vault = await AskarVault.open(Path(path), WalletKey.raw_file(key), create=True)
    await vault.create("before", KINDS)
    # no file may grow beyond this: for SQLite a disk without room
    limit = os.stat(path + "-wal").st_size + 40_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    made = []
    try:
        for index in range(1000):
            made.append(f"agent-{index}")
            await vault.create(made[-1], KINDS)
    except (FullError, UnavailableError):
        print("refused")
    refused = made.pop()
    print(await vault.find_keys("before") == {"1", "2"})
    (await vault.signing_key("before", "1")).sign(b"message")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await vault.remove(refused)
    await vault.create("after", KINDS)
    found = [await vault.find_keys(name) for name in ("before", *made, "after")]
    print(0 < len(made) < 1000 and all(keys == {"1", "2"} for keys in found), await vault.find_keys(refused))
    await vault.close()

asyncio.run(main(*sys.argv[1:]))
"""


def test_k03_full_disk_refuses_leaves_nothing_half_done_reads_on_and_passes(tmp_path: Path) -> None:
    key_in(tmp_path)
    process = start(tmp_path, FILL, str(tmp_path / "wallet.db"))
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert output.split() == ["refused", "True", "True", "None"]


# ------------------------------------------------------------------ K10


def spellings(secret: bytes) -> set[str]:
    """Return every form in which a secret could stand in a text."""
    forms = {secret.hex(), secret.hex().upper(), encode_base58(secret), encode_base64url(secret)}
    return forms | {base64.b64encode(secret).decode(), repr(secret)[2:-1], str(list(secret))[1:-1]}


async def secrets_of(location: str, key: WalletKey, profile: str) -> set[str]:
    """Read private keys as only Askar's own interface can, to know what must not be seen."""
    store = await Store.open(location, key.method.value, key.reveal())
    async with store.session(profile) as session:
        found = [entry.key.get_secret_bytes() for entry in await session.fetch_all_keys()]
    await store.close()
    return {form for secret in found for form in spellings(secret)}


def shown(thing: object, depth: int = 3) -> str:
    """Return all that a thing tells of itself: its texts, its copies, and what its public members hold or return."""
    text = f"{thing!r} {thing!s} {thing:}"
    for write in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars, dict, list, bytes):
        try:
            text += f" {write(thing)!r}"
        except (LegationError, TypeError, ValueError, AttributeError) as error:
            text += f" {error!r}"
    if depth and not isinstance(thing, bytes | str | int):
        for name in [name for name in dir(thing) if not name.startswith("_")]:
            member = getattr(thing, name)
            if callable(member):
                text += f" {name} {call(member)!r}"
            else:
                text += shown(member, depth - 1)
    return text


def call(member: Callable[..., object]) -> object:
    """Call what needs no arguments and is no coroutine."""
    try:
        wanted = inspect.signature(member).parameters.values()
    except ValueError:
        return None
    if inspect.iscoroutinefunction(member) or any(each.default is each.empty for each in wanted):
        return None
    return member() if member.__name__ != "forget" else None


def test_k10_nothing_that_the_vault_gives_or_is_shows_a_private_key(tmp_path: Path) -> None:
    key = key_in(tmp_path)
    path = tmp_path / "wallet.db"

    async def run() -> tuple[set[str], str]:
        vault = await AskarVault.open(path, key, create=True)
        text = repr(await vault.create("a", {**KINDS, "4": KeyKind.P256}))
        text += repr(await vault.add_key("a", "5", KeyKind.ED25519))
        for key_id in ("1", "4", "5"):
            handle = await vault.signing_key("a", key_id)
            text += shown(handle) + handle.sign(b"message").hex() + shown(handle.public_key)
        text += repr(await vault.find_keys("a")) + shown(vault)
        secrets = await secrets_of(f"sqlite://{path}", key, "a") | {key.reveal()}
        text += repr(await vault.remove_keys("a", ["5"])) + repr(await vault.remove("a")) + repr(await vault.ping())
        await vault.close()
        return secrets, text

    secrets, text = asyncio.run(run())
    assert len(secrets) > 20
    # the walk does see: public keys, handles, and refusals to be copied
    for witness in ("AskarSigningKey", "PublicKey", "not copied"):
        assert witness in text
    assert sorted(secret for secret in secrets if secret in text) == []


def test_k10_every_public_method_is_known_and_none_is_an_export() -> None:
    def public(kind: type[Any]) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    port = {"create", "add_key", "find_keys", "remove_keys", "remove", "signing_key"}
    assert public(AskarVault) == port | {"open", "close", "ping", "rekey", "has_key", "copy_to", "copy_into"}


# ------------------------------------------------------------------ K17

ROWS = """
import json, sqlite3, sys
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
profiles = [[name, key.hex()] for name, key in database.execute("SELECT name, profile_key FROM profiles")]
items = [value.hex() for value, in database.execute("SELECT value FROM items")]
print(json.dumps([dict(profiles), items]))
"""


def rows(path: Path) -> tuple[dict[str, str], set[str]]:
    """Return the profiles and the values that stand in a closed wallet's file, read by another process."""
    ran = subprocess.run([sys.executable, "-c", ROWS, str(path)], capture_output=True, text=True, check=True)
    profiles, items = json.loads(ran.stdout)
    return profiles, set(items)


def test_k17_removed_keys_and_profiles_are_gone_from_the_rows_and_a_copy_never_held_them(tmp_path: Path) -> None:
    key, path = key_in(tmp_path), tmp_path / "wallet.db"

    async def fill() -> None:
        vault = await AskarVault.open(path, key, create=True)
        for name in ("stays", "goes", "half"):
            await vault.create(name, KINDS)
        await vault.close()

    asyncio.run(fill())
    profiles, items = rows(path)
    assert profiles.keys() >= {"stays", "goes", "half"}
    assert len(items) == 9

    async def remove() -> None:
        vault = await AskarVault.open(path, key, create=False)
        await vault.remove("goes")
        await vault.remove_keys("half", ["1", "2"])
        await vault.copy_to(tmp_path / "copy.db", key)
        await vault.close()

    asyncio.run(remove())
    # SQLite's log is written back and gone
    assert not (tmp_path / "wallet.db-wal").exists()
    left, kept = rows(path)
    assert "goes" not in left
    assert profiles["goes"] not in left.values()
    assert len(kept) == 4
    assert kept < items
    copied = (tmp_path / "copy.db").read_bytes().hex()
    assert not [gone for gone in (profiles["goes"], *(items - kept)) if gone in copied]
    assert rows(tmp_path / "copy.db")[0].keys() >= {"stays", "half"}

    async def look() -> None:
        vault = await AskarVault.open(path, key, create=False)
        assert await vault.find_keys("goes") is None
        assert await vault.find_keys("half") == {"3"}
        assert await vault.find_keys("stays") == {"1", "2", "3"}
        await vault.close()

    asyncio.run(look())
