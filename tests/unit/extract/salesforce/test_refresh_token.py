"""A refresh token that the org replaced outlives the process."""

from dataclasses import replace
from pathlib import Path

import pytest

from extract.errors import StorageError
from extract.salesforce import Login
from extract.salesforce.refresh_token import keep_refresh_token, kept_refresh_token


def test_the_newest_token_is_used_by_the_next_run(tmp_path: Path) -> None:
    login = Login(client_id="app", refresh_token="first", refresh_token_file=tmp_path / "keep" / "token.json")
    assert kept_refresh_token(login) == "first"
    keep_refresh_token(login, "second")
    keep_refresh_token(login, "third")
    assert kept_refresh_token(login) == "third"
    assert (tmp_path / "keep" / "token.json").stat().st_mode & 0o777 == 0o600
    assert "first" not in (tmp_path / "keep" / "token.json").read_text()


def test_a_new_token_in_the_settings_wins_over_a_kept_one(tmp_path: Path) -> None:
    login = Login(client_id="app", refresh_token="first", refresh_token_file=tmp_path / "token.json")
    keep_refresh_token(login, "second")
    assert kept_refresh_token(replace(login, refresh_token="new login")) == "new login"


def test_without_a_place_to_keep_it_a_replaced_token_is_an_error() -> None:
    with pytest.raises(StorageError, match="no place"):
        keep_refresh_token(Login(client_id="app", refresh_token="first"), "second")
