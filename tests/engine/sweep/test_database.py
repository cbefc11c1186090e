"""The address of a database: what it may be, what of it is shown and kept, and what is said where it is of no use."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.sweep.database import KEPT, database_at, database_of, keep, kept

pytest.importorskip("optuna")
SECRET = "postgresql://me:se%2Fcret@host:5433/studies?sslmode=require&password=other"


def test_neither_the_password_nor_what_stands_behind_it_is_shown():
    database = database_at(SECRET)
    assert database.shown == "postgresql://me@host:5433/studies"
    assert database.secret
    assert "se%2Fcret" in database.whole
    assert repr(database) == "Database('postgresql://me@host:5433/studies')"
    error = ValueError("no password se/cret for other\nmore")
    assert "se/cret" not in str(database.refused(error))
    assert "other" not in str(database.refused(error))


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("postgresql://me@host/db", "postgresql+psycopg"),
        ("postgres://me@host/db", "postgresql+psycopg"),
        ("postgresql+psycopg2://me@host/db", "postgresql+psycopg2"),
        ("mysql://me@host/db", "mysql+pymysql"),
        ("mariadb://me@host/db", "mariadb+pymysql"),
        ("sqlite:///study.db", "sqlite+pysqlite"),
    ],
)
def test_an_address_without_a_driver_gets_the_one_that_the_extra_brings(text: str, driver: str):
    assert database_at(text).url.drivername == driver


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "--storage is no address of a database"),
        ("study.db", "--storage is no address of a database: write it as postgresql://"),
        ("postgresql://me:secret@host:port/db", "--storage is no address of a database"),
        ("oracle://me:secret@host/db", "--storage is of a database 'oracle', and sweeps share PostgreSQL"),
        ("redis://host/0", "--storage is of a database 'redis'"),
        ("postgresql://me:secret@host", "--storage names no database behind the host"),
        ("sqlite://", "--storage names no database"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str, said: str):
    with pytest.raises(UsageError) as error:
        database_at(text)
    assert said in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "module", "said"),
    [
        (
            "postgresql://me:secret@host/db",
            "psycopg",
            "needs psycopg, which is not installed: `pip install 'nnlab[p",
        ),
        ("mysql://me:secret@host/db", "pymysql", "needs PyMySQL, which is not installed: `pip install 'nnlab[mysql]'`"),
    ],
)
def test_a_driver_that_is_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch, text: str, module: str, said: str):
    before = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name.partition(".")[0] == module and not (more[3:] or (0,))[0]:
            raise ImportError(name)
        return before(name, *more, **named)

    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NnlabError) as error:
        database_at(text).open()
    assert said in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("text", ["postgresql://me:secret@127.0.0.1:1/db", "sqlite:////nosuch/folder/study.db"])
def test_a_database_that_cannot_be_reached_is_one_sentence(text: str):
    if "postgresql" in text:
        pytest.importorskip("psycopg")
    with pytest.raises(NnlabError) as error:
        database_at(text).open()
    assert f"The database {database_at(text).shown} cannot be used: " in str(error.value)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_keeps_where_its_study_is_and_no_secret(tmp_path: Path):
    assert kept(tmp_path) is None
    assert database_of(tmp_path, SECRET) is None
    before = keep(tmp_path, database_at(SECRET))
    assert keep(tmp_path, database_at(SECRET)).member == before.member
    assert "cret" not in (tmp_path / KEPT).read_text()
    assert "other" not in (tmp_path / KEPT).read_text()
    assert database_of(tmp_path, SECRET) == database_at(SECRET)
    with pytest.raises(UsageError, match="whose password is not kept"):
        database_of(tmp_path, None)
    with pytest.raises(UsageError, match="not in sqlite:///a"):
        database_of(tmp_path, "sqlite:///a")
    (tmp_path / KEPT).write_text("[]")
    with pytest.raises(UsageError, match="is damaged"):
        kept(tmp_path)


def test_an_address_that_is_all_kept_need_not_be_given_again(tmp_path: Path):
    keep(tmp_path, database_at("sqlite:///study.db"))
    assert database_of(tmp_path, None) == database_at("sqlite:///study.db")
