"""A database in which machines without a common folder share a study: its address, and how it is opened.

The address may have a password. So nothing but `Database.shown` is printed or kept: no message, log or file has more.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..errors import NnlabError, UsageError, shown

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
    from sqlalchemy import URL

VARIABLE = "NNLAB_STORAGE"
"""The environment's variable with an address: what stands in a command is read by all users of a machine."""
KEPT = "storage.json"
"""The file in a sweep's folder that says where its study is."""
BEAT_EVERY = 5  # seconds between two signs of life of a trial
GRACE = 30  # seconds without any, by the clock of the database, after which it is given back
SILENT = 20  # the same of a machine, by the clock of whoever looks, after which it is told to be gone
CONNECT_SECONDS = 10
EXAMPLE = "postgresql://user@host/database"
DRIVERS = {
    "postgresql": ("psycopg", "psycopg", "postgresql"),
    "mysql": ("pymysql", "PyMySQL", "mysql"),
    "mariadb": ("pymysql", "PyMySQL", "mysql"),
    "sqlite": ("pysqlite", "", ""),
}
"""Of each kind of database the driver as an address names it, what it is called, and the extra that brings it."""


@dataclass(frozen=True)
class Database:
    """A database, by its address."""

    url: URL

    @property
    def shown(self) -> str:
        """The address as it may be shown and kept: without the password, and what else stands behind a `?`."""
        url = self.url
        kind, place = url.get_backend_name(), (url.host, url.port, url.database)
        return type(url).create(kind, url.username, None, *place).render_as_string()

    @property
    def secret(self) -> bool:
        """Whether there is more to the address than may be kept."""
        return bool(self.url.password or self.url.query)

    @property
    def whole(self) -> str:
        """The whole address, for the environment of a process of one's own and nothing else."""
        return self.url.render_as_string(hide_password=False)

    def __repr__(self) -> str:
        return f"Database({self.shown!r})"

    def open(self) -> RDBStorage:
        """Optuna's storage there. NnlabError where Optuna or the driver is not installed, the database cannot be
        reached, or it has tables of another version."""
        from .study import optuna_or_refuse

        optuna = optuna_or_refuse()
        from sqlalchemy.exc import SQLAlchemyError

        kind = self.url.get_backend_name()
        limit = {"timeout": 2 * GRACE} if kind == "sqlite" else {"connect_timeout": CONNECT_SECONDS}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                return optuna.storages.RDBStorage(
                    self.whole,
                    {"pool_pre_ping": True, "connect_args": limit},
                    heartbeat_interval=BEAT_EVERY,
                    grace_period=GRACE,
                )
        except ImportError:
            _, called, extra = DRIVERS[kind]
            raise NnlabError(
                f"A sweep in {kind} needs {called}, which is not installed: `pip install 'nnlab[{extra}]'` brings it."
            ) from None
        except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
            raise self.refused(error) from None
        except RuntimeError as error:  # tables of another Optuna's
            raise NnlabError(
                f"The database {self.shown} is of another version of Optuna: {self._told(error)}"
            ) from None

    def refused(self, error: BaseException) -> NnlabError:
        """What to tell where the database did not do what it was asked for."""
        return NnlabError(f"The database {self.shown} cannot be used: {self._told(error).rstrip('.')}.")

    def _told(self, error: BaseException) -> str:
        """The cause of an error in its own words, without what may not be shown."""
        while isinstance(cause := getattr(error, "orig", None) or error.__cause__, BaseException):
            error = cause
        text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        values = (one for value in self.url.query.values() for one in ([value] if isinstance(value, str) else value))
        for secret in (self.whole, str(self.url.password or ""), *values):
            text = text.replace(secret, "***") if secret else text
        return text


def database_at(text: str) -> Database:
    """The database at an address, `sqlite:///study.db` or as in EXAMPLE, with the driver that nnlab's extras bring
    unless it names one. UsageError where it is no such address, NnlabError where Optuna is not installed."""
    from .study import optuna_or_refuse

    optuna_or_refuse()  # which brings what reads an address
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text.strip())
        kind = "postgresql" if url.get_backend_name() == "postgres" else url.get_backend_name()
    except (ArgumentError, ValueError):  # which may repeat what it was given
        raise UsageError(
            f"--storage is no address of a database: write it as {EXAMPLE} or sqlite:///study.db."
        ) from None
    if kind not in DRIVERS:
        raise UsageError(
            f"--storage is of a database {shown(kind)}, and sweeps share PostgreSQL, MySQL or SQLite: write it as"
            f" {EXAMPLE}."
        )
    if not url.database:
        raise UsageError(f"--storage names no database behind the host: write it as {EXAMPLE}.")
    driver = url.drivername.partition("+")[2] or DRIVERS[kind][0]
    return Database(url.set(drivername=f"{kind}+{driver}"))


@dataclass(frozen=True)
class Kept:
    """What a sweep's folder says of where its study is: the address as it may be shown, whether that is all of it, and
    the name by which this folder's trials are told from those of others."""

    address: str
    whole: bool
    member: str


def keep(folder: Path, database: Database) -> Kept:
    """Say in a sweep's folder where its study is; what it has said before stays."""
    before = kept(folder)
    told = Kept(database.shown, not database.secret, before.member if before else uuid4().hex)
    part = folder / f"{KEPT}.part"
    part.write_text(json.dumps(vars(told)), encoding="utf-8")
    part.replace(folder / KEPT)
    return told


def kept(folder: Path) -> Kept | None:
    """What a sweep's folder says; None for one whose study is its own journal. UsageError where it is unreadable."""
    try:
        body: Any = json.loads((folder / KEPT).read_text(encoding="utf-8"))
        return Kept(str(body["address"]), body["whole"] is True, str(body["member"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{folder / KEPT} is damaged: it does not say where the sweep's study is.") from None


def database_of(folder: Path, told: str | None) -> Database | None:
    """The database of the sweep in this folder, None for a journal: by the address that was `told`, else by what its
    folder keeps. UsageError where the two are different ones, or more is needed than is kept."""
    known = kept(folder)
    if known is None:
        return None
    if told is None:
        if not known.whole:
            raise UsageError(
                f"The sweep {folder.name!r} is in the database {known.address}, whose password is not kept: give the"
                f" whole address by {VARIABLE} or --storage."
            )
        return database_at(known.address)
    database = database_at(told)
    if database.shown != known.address:
        raise UsageError(
            f"The sweep {folder.name!r} is in the database {known.address}, not in {database.shown}: give that one."
        )
    return database
