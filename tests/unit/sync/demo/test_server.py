"""The demo org that cannot be had says which option to change."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from extract.errors import SettingsError
from sync.demo.server import start_demo_org


def test_a_port_that_is_taken_and_a_folder_that_is_served_are_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(SettingsError, match=f"Port {port} cannot be used: .*in use") as caught,
            start_demo_org(tmp_path / "org", scale=1, port=port),
        ):
            pass
        assert (caught.value.where, "--port" in caught.value.next_step) == ("--port", True)

        with (
            start_demo_org(tmp_path / "org", scale=1),
            pytest.raises(SettingsError, match="folder cannot be used: another process") as caught,
            start_demo_org(tmp_path / "org", scale=1, port=port),
        ):
            pass
    assert (caught.value.where, "--folder" in caught.value.next_step) == (str(tmp_path / "org"), True)
    assert "Traceback" not in (tmp_path / "org" / "server.log").read_text()
