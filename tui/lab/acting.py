"""What the lab's page does with its run and settings: every act goes through here, and what makes no sense is said.

What knows settings and data takes long to import, and the page shows before that."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ...engine.errors import NnlabError, UsageError
from .looking import LabLook
from .start import LabAction, know_columns

if TYPE_CHECKING:
    from .session import LabSession


class LabActing(LabLook):
    """The part of the lab's page that changes its run, which `session` has as soon as there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.session: LabSession | None = None
        self._table = ""
        self._early: list[LabAction] = []

    def _act(self, act: LabAction) -> None:
        """Do something with the run or its settings, as soon as there are some; what makes no sense is said."""
        if self.session is None:
            self._early.append(act)
            return
        try:
            act(self.session)
        except NnlabError as error:
            from .words import on_screen

            self.session.said = on_screen(str(error))
        self._learn_columns(self.session.lab.data)
        self._changes += 1
        self.tick()

    def _learn_columns(self, data: str) -> None:
        """Have the columns of a table of the user's read, once for each that is chosen."""
        if data == self._table or self.session is None:
            return
        self._table = data
        from ...engine.data import sources

        if sources.is_table(data):
            self.run_worker(lambda: self._read_columns(data), thread=True, exit_on_error=False)

    def _read_columns(self, data: str) -> None:
        from ...engine.data.reading.column_names import column_names

        with suppress(UsageError, OSError):  # which its trainer says
            self.app.call_from_thread(self._act, know_columns(data, column_names(data)))

    def tell(self, text: str) -> None:
        """Say this below the panes."""
        if self.session is not None:
            self.session.said = text
        self.tick()
