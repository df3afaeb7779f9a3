"""What is wrong outside Landfall ends in one message of three parts and the right exit code, with nothing half done."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from extract.database import Database
from tests.sync.kills import held_at
from tests.sync.secrets import CLIENT_SECRET, assert_without_secrets, traces_of_secrets
from tests.sync.small_disk import SmallDisk, small_disk
from tests.sync.targets import (
    PASSWORD,
    Contents,
    Target,
    administer,
    assert_same,
    new_target,
    published,
    records_held,
)
from tests.sync.whole_runs import Ended, Sync
from tests.sync.worlds import IN_SHARE_ON_DUCKDB, WELL, World, must_end_well

MESSAGE = re.compile(r"^[A-Z][\w ]+: (?P<what>.+)\n  where: (?P<where>.+)\n  next:  (?P<next_step>.+)$", re.M)
SHARE, SLOW = pytest.mark.share, pytest.mark.slow


@dataclass(frozen=True)
class Wrong:
    """Settings that replace the right ones ({files}: a folder of wrong files, {closed}: a port nobody listens at)."""

    code: int
    says: str
    settings: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ("sync",)


NO_LOGIN = {"SALESFORCE_INSTANCE_URL": "", "SALESFORCE_CLIENT_ID": "", "SALESFORCE_CLIENT_SECRET": ""}
ADDRESS = "SALESFORCE_INSTANCE_URL"
REFUSED_AT_ONCE = {
    "no org at all": Wrong(10, "make demo", NO_LOGIN),
    "no org for one stage": Wrong(10, "make demo", NO_LOGIN, ("extract",)),
    "half a login": Wrong(10, "SALESFORCE_CLIENT_SECRET", {"SALESFORCE_CLIENT_SECRET": ""}),
    "no address": Wrong(10, "SALESFORCE_INSTANCE_URL is not set", {ADDRESS: ""}),
    "an address without https": Wrong(10, "is not an address", {ADDRESS: "example.my.salesforce.com"}),
    "an unencrypted address": Wrong(10, "unencrypted", {ADDRESS: "http://example.my.salesforce.com"}),
    "half an address": Wrong(10, "is not an address", {ADDRESS: "https://[::1"}),
    "a port that is none": Wrong(10, "is not an address", {ADDRESS: "https://a.my.salesforce.com:x"}),
    "a secret in the address": Wrong(10, "user name", {ADDRESS: "https://me:canary@a.my.salesforce.com"}),
    "no such version": Wrong(10, "SALESFORCE_API_VERSION", {"SALESFORCE_API_VERSION": "canary"}),
    "words for a number": Wrong(10, "LANDFALL_PARALLEL", {"LANDFALL_PARALLEL": "canary"}),
    "a number out of range": Wrong(10, "LANDFALL_LOOKBACK_MINUTES", {"LANDFALL_LOOKBACK_MINUTES": "1"}),
    "a misspelt setting": Wrong(10, "Did you mean LANDFALL_PARALLEL?", {"LANDFALL_PARALEL": "4"}),
    "another database": Wrong(10, "postgresql://", {"DATABASE_URL": "mysql://me:canary@localhost/app"}),
    "no database": Wrong(10, "postgresql://", {"DATABASE_URL": "canary@localhost/app"}),
    "a database without a file": Wrong(10, "names no file", {"DATABASE_URL": "duckdb:///"}),
    "an @ in a password": Wrong(10, "%40", {"DATABASE_URL": "postgresql://me:can@ary@localhost/app"}),
    "a % in a password": Wrong(10, "%25", {"DATABASE_URL": "postgresql://me:canary%@localhost/app"}),
    "a database port that is none": Wrong(
        10, "DATABASE_URL", {"DATABASE_URL": "postgresql://me:canary@db:x/app"}
    ),
    "no settings file": Wrong(10, "No such file", {"LANDFALL_ENV_FILE": "{files}/nowhere.env"}),
    "a settings file in no text": Wrong(10, "UTF-8", {"LANDFALL_ENV_FILE": "{files}/binary"}),
    "a data folder under a file": Wrong(12, "LANDFALL_DATA_DIR", {"LANDFALL_DATA_DIR": "{files}/text/data"}),
    "a data folder that is a file": Wrong(12, "Not a directory", {"LANDFALL_DATA_DIR": "{files}/text"}),
    "an object that nobody knows": Wrong(10, "Known objects", arguments=("sync", "--only", "Acount")),
    "no object where one is to be named": Wrong(10, "--only", arguments=("sync", "--only", "")),
    "an unknown option": Wrong(2, "--fast", arguments=("sync", "--fast")),
    "an unknown command": Wrong(2, "sink", arguments=("sink",)),
}
REFUSED_BY_OTHERS = {
    "PostgreSQL is down": Wrong(
        11, "Connection refused", {"DATABASE_URL": "postgresql://me:canary@127.0.0.1:{closed}/app"}
    ),
    "nobody listens": Wrong(20, ADDRESS, {ADDRESS: "http://127.0.0.1:{closed}"}),
    "an unknown host": Wrong(20, ADDRESS, {ADDRESS: "https://no-such-org.invalid"}),
    "a wrong secret": Wrong(21, "SALESFORCE_CLIENT_SECRET", {"SALESFORCE_CLIENT_SECRET": "canary-wrong"}),
    "a wrong app": Wrong(21, "SALESFORCE_CLIENT_ID", {"SALESFORCE_CLIENT_ID": "nobody"}),
    "a token that is over": Wrong(21, "SALESFORCE_ACCESS_TOKEN", {"SALESFORCE_ACCESS_TOKEN": "canary"}),
    "a version the org lacks": Wrong(20, "SALESFORCE_API_VERSION", {"SALESFORCE_API_VERSION": "99.0"}),
    "an authority without certificate": Wrong(10, "CA_FILE", {"SALESFORCE_CA_FILE": "{files}/text"}),
    "a key that is none": Wrong(
        10,
        "SALESFORCE_PRIVATE_KEY_FILE",
        {
            "SALESFORCE_CLIENT_SECRET": "",
            "SALESFORCE_USERNAME": "me@example.org",
            "SALESFORCE_PRIVATE_KEY_FILE": "{files}/text",
        },
    ),
    "a file that is no database": Wrong(11, "valid DuckDB", {"DATABASE_URL": "duckdb:///{files}/text"}),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "text").write_text("canary: neither a key nor a certificate nor a database" * 100)
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    return folder


@pytest.fixture(scope="module")
def target(duckdb_world: World) -> Iterator[Target]:
    """A target that has a day of changes before it, and bad luck."""
    with duckdb_world.before.copied() as copy:
        yield copy


@pytest.fixture(scope="module")
def closed() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize("name", REFUSED_AT_ONCE)
def test_what_is_wrong_from_the_start_is_refused_before_a_file_is_touched(
    duckdb_world: World, files: Path, closed: int, name: str, tmp_path: Path
) -> None:
    wrong = REFUSED_AT_ONCE[name]
    with new_target(tmp_path) as target:
        ended = _run(duckdb_world.sync(target), wrong, files, closed)
        _one_message(ended, wrong.code, wrong.says)
        assert ended.outcome == {}
        assert list(target.folder.iterdir()) == []


@SHARE
@pytest.mark.parametrize("name", REFUSED_BY_OTHERS)
def test_what_others_refuse_changes_no_table(
    duckdb_world: World, target: Target, files: Path, closed: int, name: str
) -> None:
    wrong = REFUSED_BY_OTHERS[name]
    with _untouched(duckdb_world, target):
        ended = _run(duckdb_world.sync(target), wrong, files, closed)
    _one_message(ended, wrong.code, wrong.says)


@SHARE
def test_an_object_that_is_not_there_or_not_permitted_is_named(duckdb_world: World, target: Target) -> None:
    """Salesforce answers the same to both."""
    permissions = ("POST", "/permissions")
    duckdb_world.org.control(*permissions, {"object": "Task", "readable": False})
    try:
        with _untouched(duckdb_world, target):
            ended = duckdb_world.sync(target).run("sync", "--only", "Task")
    finally:
        duckdb_world.org.control(*permissions, {"object": "Task", "readable": True})
    _one_message(ended, 20, "Task")


@SHARE
def test_a_duckdb_file_that_another_program_has_open_is_told(duckdb_world: World, target: Target) -> None:
    with _untouched(duckdb_world, target), _opened_elsewhere(target.database.path):
        ended = duckdb_world.sync(target).run()
    _one_message(ended, 11, "Another program has the DuckDB file open")


@pytest.mark.fault("F83", "A second whole run with another data folder")
@IN_SHARE_ON_DUCKDB
def test_a_second_run_is_kept_out_also_with_another_data_folder(world: World, tmp_path: Path) -> None:
    with world.before.copied() as target:
        sync = world.sync(target)
        with held_at(sync, "extract.started") as held:
            second = sync.run(LANDFALL_DATA_DIR=str(tmp_path / "other"))
            _one_message(second, 50, f"process {held.run.pid}")
            held.kill("both")
        assert published(target.database) == world.published_before


def test_a_postgres_database_that_does_not_exist_is_told(postgres_world: World, tmp_path: Path) -> None:
    wrong = Target(tmp_path / "nowhere", postgres_world.server)
    ended = postgres_world.sync(wrong).run()
    _one_message(ended, 11, "does not exist")


def test_a_postgres_user_without_rights_is_told(postgres_world: World, tmp_path: Path) -> None:
    server = postgres_world.server
    administer(server, "create role weak login")
    try:
        with new_target(tmp_path, server) as target:
            address = target.database.url.replace("//landfall:", "//weak:")
            ended = postgres_world.sync(target).run(DATABASE_URL=address)
    finally:
        administer(server, "drop role weak")
    _one_message(ended, 11, "permission denied")


@SHARE
def test_a_disk_without_room_for_the_lock_is_told(
    duckdb_world: World, target: Target, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk, _untouched(duckdb_world, target):
        data_dir = disk.folder / "data"
        data_dir.mkdir()
        (disk.folder / "other").write_bytes(b"x" * 4096)
        disk.leave(0)
        ended = duckdb_world.sync(target).run(LANDFALL_DATA_DIR=str(data_dir))
    _one_message(ended, 12, "Make room")


@pytest.mark.fault("F82", "A small disk that is filled, under the spool")
@SLOW
@pytest.mark.parametrize("room", [64_000, 300_000, 450_000])
def test_a_full_disk_under_the_data_folder_is_told(duckdb_world: World, tmp_path: Path, room: int) -> None:
    """With little room the spool is not written, with more it ends later, and perhaps not at all."""
    with duckdb_world.before.copied() as target, small_disk(tmp_path / "disk") as disk:
        data_dir = disk.folder / "data"
        shutil.copytree(target.data_dir, data_dir, ignore=lambda *_: [target.database.path.name])
        sync = Sync(duckdb_world.org, target.database, data_dir)
        disk.leave(room)
        _full_then_well(duckdb_world, target.database, sync, disk, surely=room < 400_000)


@pytest.mark.fault("F82", "A small disk that is filled, under the database")
@SLOW
@pytest.mark.parametrize("room", [0, 300_000, *range(1_000_000, 6_000_000, 500_000)])
def test_a_full_disk_under_the_duckdb_file_is_told(duckdb_world: World, tmp_path: Path, room: int) -> None:
    """In whichever stage it happens."""
    with duckdb_world.before.copied() as target, small_disk(tmp_path / "disk") as disk:
        file = disk.folder / "landfall.duckdb"
        shutil.copyfile(target.database.path, file)
        database = Database(f"duckdb:///{file}")
        sync = Sync(duckdb_world.org, database, target.data_dir)
        disk.leave(room)
        _full_then_well(duckdb_world, database, sync, disk, surely=room < 4_000_000)


@SLOW
@pytest.mark.parametrize("room", [50_000, 300_000, 600_000, 700_000, 800_000, 900_000, 1_000_000])
def test_a_full_disk_under_the_postgres_database_is_told(postgres_world: World, room: int) -> None:
    """Not in a folder of pytest's: each session that starts closes those to the server's user."""
    server = postgres_world.server
    with (
        TemporaryDirectory(prefix="landfall-disk-") as folder,
        small_disk(Path(folder) / "disk") as disk,
        _tablespace(server, disk.folder / "space"),
        postgres_world.before.copied(tablespace="small") as target,
    ):
        disk.leave(room)
        sync = postgres_world.sync(target)
        _full_then_well(postgres_world, target.database, sync, disk, surely=room < 600_000)


@contextmanager
def _tablespace(server: str, folder: Path) -> Iterator[None]:
    """Called `small`; the folder must be the server's own."""
    folder.mkdir()
    for parent in (folder, *folder.parents):
        parent.chmod(parent.stat().st_mode | 0o111)
    owner = Path(str(administer(server, "show data_directory"))).stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    administer(server, f"create tablespace small location '{folder}'")
    try:
        yield
    finally:
        administer(server, "drop tablespace small")


def _full_then_well(world: World, database: Database, sync: Sync, disk: SmallDisk, *, surely: bool) -> None:
    ended = sync.run()
    disk.make_room()  # without any, PostgreSQL lets nobody in to look
    if surely or ended.code not in WELL:
        _one_message(ended, 12, "room")
        assert_same(published(database), world.published_before)
    assert sync.run().code in WELL
    assert_same(records_held(database), world.twin.holds)


@SHARE
def test_a_data_folder_that_may_not_be_written_is_told(duckdb_world: World, tmp_path: Path) -> None:
    with duckdb_world.before.copied() as target, small_disk(tmp_path / "disk") as disk:
        disk.forbid_writing()
        ended = duckdb_world.sync(target).run(LANDFALL_DATA_DIR=str(disk.folder / "data"))
        _one_message(ended, 12, "LANDFALL_DATA_DIR")
        assert_same(published(target.database), duckdb_world.published_before)


@SLOW
def test_after_all_of_this_the_next_run_is_as_good_as_any(duckdb_world: World, target: Target) -> None:
    must_end_well(duckdb_world.sync(target))
    assert_same(records_held(target.database), duckdb_world.twin.holds)
    assert traces_of_secrets(target) == []


@pytest.mark.fault("F86", "A whole run with marked secrets and every log at DEBUG")
@IN_SHARE_ON_DUCKDB
def test_secrets_are_nowhere_even_when_every_log_is_turned_up(world: World) -> None:
    assert CLIENT_SECRET in world.org.client_secret
    assert world.twin.target.server == "" or PASSWORD in world.twin.target.database.url
    assert_without_secrets(world.twin.ended)
    assert traces_of_secrets(world.twin.target) == []


def _run(sync: Sync, wrong: Wrong, files: Path, closed: int) -> Ended:
    settings = {name: value.format(files=files, closed=closed) for name, value in wrong.settings.items()}
    return sync.run(*wrong.arguments, **settings)


def _one_message(ended: Ended, code: int, says: str) -> None:
    """One error on standard error, in three parts; the same in the result, when there is one."""
    assert ended.code == code, ended.messages
    (message,) = MESSAGE.finditer(ended.messages)
    assert says in message[0]
    if ended.outcome:
        told = ended.outcome["error"]
        assert message.groupdict() == {name: told[name] for name in ("what", "where", "next_step")}
        assert ended.outcome["exit_code"] == code
    assert_without_secrets(ended)


@contextmanager
def _untouched(world: World, target: Target) -> Iterator[None]:
    """The block changes no record, and nothing that is published."""
    before = _records(target)
    yield
    assert_same(published(target.database), world.published_before)
    assert_same(_records(target), before)


def _records(target: Target) -> Contents:
    return records_held(target.database)


@contextmanager
def _opened_elsewhere(path: Path) -> Iterator[None]:
    hold = (
        "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            yield
        finally:
            other.communicate()
