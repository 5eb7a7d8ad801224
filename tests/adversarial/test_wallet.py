"""Area wallet: killed processes, foreign SQLite, full disks, other processes, and secrets that must not show."""

from __future__ import annotations

import ast
import asyncio
import base64
import io
import json
import logging
import random
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Iterator
from ctypes import c_int32
from datetime import timedelta
from pathlib import Path

import pytest
from aries_askar import Key, Store
from aries_askar.bindings.lib import Lib

from legation.adapters.askar.signing import ALGORITHMS
from legation.adapters.askar.store import AskarStore
from legation.errors import LegationError
from legation.standards.multiformats import encode_base58, encode_base64url
from legation.wallet import Wallet, WalletKey
from tests.support.wallets import DETAILS, key_in, locked, with_wallet, write_private

ROOT = Path(__file__).resolve().parents[2]
BEN = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def start(folder: Path, program: str, *arguments: str) -> subprocess.Popen[str]:
    """Run a program of an agent's own process on the folder's wallet."""
    command = [sys.executable, "-c", program, str(folder / "wallet.db"), str(folder / "wallet.key"), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


# ------------------------------------------------------------------ K01

CREATE = """
import asyncio, sys
from legation.wallet import Wallet, WalletKey

async def main(path, key, prefix, count):
    async with Wallet.open(path, WalletKey.raw_file(key)) as wallet:
        for index in range(int(count)):
            agent = await wallet.create_agent(f"{prefix}-{index}")
            print(agent.name, agent.did, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.slow
def test_k01_agents_that_were_acknowledged_before_a_kill_are_there_and_sign(tmp_path: Path) -> None:
    key_in(tmp_path)
    chance = random.Random(20261101)
    acknowledged: dict[str, str] = {}
    for turn in range(10):
        process = start(tmp_path, CREATE, f"turn-{turn}", "100000")
        assert process.stdout is not None
        # the first turns die while the wallet is made, the others wherever the kill finds them
        for _ in range(0 if turn < 2 else chance.randrange(1, 30)):
            name, did = process.stdout.readline().split()
            acknowledged[name] = did
        process.kill()
        rest, _ = process.communicate()
        acknowledged.update(line.split() for line in rest.splitlines(keepends=True) if line.endswith("\n"))

    async def check(wallet: Wallet) -> None:
        agents = {agent.name: agent.did for agent in await wallet.list_agents()}
        assert acknowledged.items() <= agents.items()
        # one may have been kept whose acknowledgement the kill cut off, in each turn; none is kept by half
        assert len(agents) - len(acknowledged) <= 10
        for name in agents:
            signer = await wallet.signer(name)
            signer.key.public_key.verify(b"message", signer.key.sign(b"message"))

    assert len(acknowledged) > 50
    with_wallet(tmp_path, check)


# ------------------------------------------------------------------ K02

WATCH = """
import asyncio, json, os, sys

touched = []

def watch(event, arguments):
    if event in ("open", "sqlite3.connect", "os.remove", "os.rename", "os.truncate", "shutil.copyfile"):
        touched.append([event, str(arguments[0])])

sys.addaudithook(watch)
from legation.wallet import Wallet, WalletKey

async def main(path, key):
    for _ in range(2):
        async with Wallet.open(path, WalletKey.raw_file(key)) as wallet:
            for name in ("ana", "ben"):
                if name not in [agent.name for agent in await wallet.list_agents()]:
                    await wallet.create_agent(name)
            ben = await wallet.get_agent("ben")
            chain = await wallet.delegate("ana", to=ben.did, details=json.loads(sys.argv[3]))
            await wallet.present(None, chain.id, challenge="c", domain="https://ads.example")
            await wallet.import_chain(await wallet.export_chain(chain.id))
            await wallet.list_chains()
            await wallet.remove_chain(chain.id)

asyncio.run(main(*sys.argv[1:3]))
print(json.dumps([touched, "sqlite3" in sys.modules]))
"""


def test_k02_wallets_file_is_opened_by_askar_alone(tmp_path: Path) -> None:
    key_in(tmp_path)
    process = start(tmp_path, WATCH, json.dumps(DETAILS))
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    touched, has_sqlite = json.loads(output)
    assert not has_sqlite
    assert ["open", str(tmp_path / "wallet.key")] in touched
    names = {Path(path).name for event, path in touched if Path(path).parent == tmp_path}
    # before it has its name, a new wallet is a file that nobody else has open
    pending = {name for name in names if name.startswith(".wallet.db.")}
    assert len({name.partition(".new")[0] for name in pending}) == 1
    assert names - pending == {"wallet.key"}


SQLITE = ("sqlite3", "aiosqlite", "sqlalchemy", "apsw", "pysqlite3")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_k02_no_room_but_its_own_knows_askar_or_another_sqlite() -> None:
    package = ROOT / "node" / "legation"
    askar, sqlite = package / "adapters" / "askar", package / "adapters" / "sql"
    modules = {path: set(imports(path)) for path in package.rglob("*.py")}
    assert any("aries_askar" in names for path, names in modules.items() if path.is_relative_to(askar))
    assert [path for path, names in modules.items() if "aries_askar" in names and not path.is_relative_to(askar)] == []
    assert [
        path for path, names in modules.items() if names.intersection(SQLITE) and not path.is_relative_to(sqlite)
    ] == []


# ------------------------------------------------------------------ K03

FILL = """
import asyncio, os, resource, sys
from legation.errors import UnavailableError, WalletError
from legation.wallet import Wallet, WalletKey

async def main(path, key):
    async with Wallet.open(path, WalletKey.raw_file(key)) as wallet:
        await wallet.create_agent("before")
        # no file may grow beyond this: for SQLite a disk without room
        limit = os.stat(path + "-wal").st_size + 40_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        made = []
        try:
            for index in range(1000):
                made.append((await wallet.create_agent(f"agent-{index}")).name)
        except UnavailableError as error:
            print(error.code)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print((await wallet.create_agent("after")).name)
        names = {agent.name for agent in await wallet.list_agents()}
        print(0 < len(made) < 1000 and names == {"before", *made, "after"})
        for name in names:
            (await wallet.signer(name)).key.sign(b"message")

asyncio.run(main(*sys.argv[1:]))
"""


def test_k03_full_disk_is_unavailable_leaves_nothing_half_done_and_passes(tmp_path: Path) -> None:
    key_in(tmp_path)
    process = start(tmp_path, FILL)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert output.split() == ["unavailable", "after", "True"]


# ------------------------------------------------------------------ other processes


@pytest.mark.slow
def test_two_processes_create_agents_in_one_wallet_at_once(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        process = start(tmp_path, CREATE, "theirs", "30")
        for index in range(30):
            await wallet.create_agent(f"ours-{index}")
        _, errors = await asyncio.to_thread(process.communicate)
        assert process.returncode == 0, errors
        names = {agent.name for agent in await wallet.list_agents()}
        assert names == {f"{whose}-{index}" for whose in ("ours", "theirs") for index in range(30)}
        signer = await wallet.signer("theirs-7")
        signer.key.public_key.verify(b"message", signer.key.sign(b"message"))

    with_wallet(tmp_path, work)


# ------------------------------------------------------------------ K10


def spellings(secret: bytes) -> set[str]:
    """Return every form in which a secret could stand in a text."""
    forms = {secret.hex(), secret.hex().upper(), encode_base58(secret), encode_base64url(secret)}
    forms |= {base64.b64encode(secret).decode(), repr(secret)[2:-1], str(list(secret))[1:-1]}
    return forms


ASKAR_ERROR, ASKAR_TRACE = 1, 5


class Ears:
    """Everything that is said: log records of every level and the texts of errors, with every frame's variables."""

    def __init__(self) -> None:
        self.text = io.StringIO()

    def heard(self, error: BaseException) -> None:
        chain: BaseException | None = error
        while chain is not None:
            self.text.write(f"{chain!s} {chain!r} {chain.args!r} {vars(chain)!r}")
            frames = traceback.StackSummary.extract(traceback.walk_tb(chain.__traceback__), capture_locals=True)
            # the test itself knows the secrets
            self.text.write("".join(frame_text(frame) for frame in frames if frame.filename != __file__))
            chain = chain.__cause__ or chain.__context__


def frame_text(frame: traceback.FrameSummary) -> str:
    return f"{frame.filename} {frame.name} {frame.locals}\n"


@pytest.fixture
def ears() -> Iterator[Ears]:
    listening = Ears()
    handler = logging.StreamHandler(listening.text)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.NOTSET)
    # Askar takes its level when it is loaded; here it says all that it can
    Lib().invoke("askar_set_max_log_level", (c_int32,), ASKAR_TRACE)
    yield listening
    Lib().invoke("askar_set_max_log_level", (c_int32,), ASKAR_ERROR)
    root.setLevel(before)
    root.removeHandler(handler)


async def fail(folder: Path, ears: Ears) -> set[str]:
    """Do everything that goes wrong, and return the canaries."""
    path, key = folder / "wallet.db", key_in(folder)
    canaries = {key.reveal()}
    async with Wallet.open(path, key) as wallet:
        agents = [await wallet.create_agent(f"agent-{kind.name.lower()}", key_type=kind) for kind in ALGORITHMS]
        root = await wallet.delegate(agents[0].name, to=agents[1].did, details=DETAILS)
        signers = [await wallet.signer(agent.name) for agent in agents]
        ears.text.write(f"{wallet!r} {key!r} {agents!r} {root!r} {signers!r} {[signer.key for signer in signers]!s}")
        attempts = [
            wallet.create_agent(agents[0].name),
            wallet.create_agent("NO"),
            wallet.get_agent("nobody"),
            wallet.signer("nobody"),
            wallet.delegate(agents[0].name, to="nobody", details=DETAILS),
            wallet.delegate(agents[0].name, to=BEN, details=[{"x": 1}]),
            wallet.attenuate(agents[0].name, root.id, to=BEN),
            wallet.attenuate(agents[1].name, root.id, to=BEN, valid_for=timedelta(days=9)),
            wallet.present(agents[0].name, root.id, challenge="c", domain="d"),
            wallet.import_chain("{}"),
            wallet.get_chain("urn:example:absent"),
        ]
        for attempt in attempts:
            await heard(attempt, ears)
    for use in (wallet.signer(agents[0].name), wallet.create_agent("late")):
        await heard(use, ears)
    for signer in signers:
        try:
            signer.key.sign(b"message")
        except LegationError as error:
            ears.heard(error)
    canaries |= await private_keys(path, key, [agent.name for agent in agents])
    await heard_locked(path, key, ears)
    await heard_misfits(folder, key, ears)
    return canaries


async def heard(attempt: Awaitable[object], ears: Ears) -> None:
    try:
        await attempt
    except LegationError as error:
        ears.heard(error)
    else:
        pytest.fail("this was to go wrong")


async def private_keys(path: Path, key: WalletKey, names: list[str]) -> set[str]:
    """Read the private keys as only Askar's own interface can, to know what must not be seen."""
    store = await Store.open(f"sqlite://{path}", key.method.value, key.reveal())
    found = set()
    async with store.session() as session:
        for name in names:
            handle: Key = (await session.fetch_key(name)).key
            found |= spellings(handle.get_secret_bytes()) | {json.loads(handle.get_jwk_secret())["d"]}
    await store.close()
    return found


async def heard_locked(path: Path, key: WalletKey, ears: Ears) -> None:
    async with Wallet.open(path, key, deadline=timedelta(seconds=0.2)) as wallet:
        with locked(path):
            await heard(wallet.create_agent("locked-out"), ears)


async def heard_misfits(folder: Path, key: WalletKey, ears: Ears) -> None:
    """Open what is no wallet, with keys that do not fit, and read keys from what holds none or half of one."""
    secret = key.reveal()
    misfit = write_private(folder / "misfit", "not a wallet " * 100)
    phrase = WalletKey.passphrase_file(write_private(folder / "phrase", secret))
    ears.text.write(repr(phrase))
    for path, with_key in ((misfit, key), (folder / "wallet.db", phrase), (folder / "no/where", key)):
        await heard(AskarStore.open(path, with_key, create=True), ears)
    await heard(AskarStore.open(folder / "wallet.db", WalletKey.create_raw_file(folder / "other"), create=False), ears)
    for content in (secret + secret, secret + "\0", "é" + secret, secret + "\n" + secret):
        held = write_private(folder / "held", content)
        for read in (WalletKey.raw_file, WalletKey.passphrase_file):
            try:
                read(held)
            except LegationError as error:
                ears.heard(error)
    open_to_all = write_private(folder / "open", secret, 0o644)
    for call in (lambda: WalletKey.raw_file(open_to_all), lambda: WalletKey.create_raw_file(folder / "wallet.key")):
        with pytest.raises(LegationError) as refusal:
            call()
        ears.heard(refusal.value)


def test_k10_no_key_shows_in_any_error_log_or_text(tmp_path: Path, ears: Ears) -> None:
    canaries = asyncio.run(fail(tmp_path, ears), debug=True)
    said = ears.text.getvalue()
    assert len(canaries) > 10
    # the ears do hear: Askar's log, our errors, and variables of their frames
    for witness in ("sqlx", "wallet_key_wrong", "WalletKey(raw)", "store.py _open {", "key.py raw_file {"):
        assert witness in said
    assert sorted(canary for canary in canaries if canary in said) == []


def test_k10_wallets_files_hold_no_key_in_the_open(tmp_path: Path) -> None:
    key = key_in(tmp_path)

    async def run() -> set[bytes]:
        async with Wallet.open(tmp_path / "wallet.db", key) as wallet:
            for kind in ALGORITHMS:
                await wallet.create_agent(f"agent-{kind.name.lower()}", key_type=kind)
        names = [f"agent-{kind.name.lower()}" for kind in ALGORITHMS]
        store = await Store.open(f"sqlite://{tmp_path / 'wallet.db'}", key.method.value, key.reveal())
        async with store.session() as session:
            found = {(await session.fetch_key(name)).key.get_secret_bytes() for name in names}
        await store.close()
        return found

    secrets = asyncio.run(run())
    content = (tmp_path / "wallet.db").read_bytes()
    assert len(secrets) == 3
    assert [secret for secret in secrets if secret in content] == []
    for plain in (key.reveal(), "agent-ed25519", "did:key", "Ed25519"):
        assert plain.encode() not in content
