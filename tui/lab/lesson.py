"""A lesson that is played in the lab: its settings, its steps, and whether the run passes. No textual, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...engine.lessons.lessons import Lesson, find, missing, names
from ...engine.lessons.progress import Come, come, remember
from ..render.blocks import Lines, words
from ..render.palette import GOOD, RenderOptions
from ..render.tables import wrapped
from ..render.text import inert

if TYPE_CHECKING:
    from .choices import Lab
    from .session import LabSession

MOST_LINES = 4


@dataclass
class LabLesson:
    """The lesson called `name`: `step` is the one in view, behind whose last come the question and, once a run has
    `passed`, the answer."""

    name: str
    lesson: Lesson
    step: int = 0
    passed: bool = False

    @classmethod
    def named(cls, name: str) -> LabLesson:
        """The lesson of this name, or in this file, at the step where it was left. UsageError where there is none."""
        called, lesson = find(name)
        played = cls(called, lesson)
        played.step = min(come(called).step, len(played.pages) - 1)
        return played

    def lab(self) -> Lab:
        """The lab with the settings that the lesson begins with. UsageError where its file has wrong ones."""
        from .choices import Lab

        chosen: dict[tuple[str, str], Any] = {
            (section, key): value for section, part in self.lesson.preset.items() for key, value in part.items()
        }
        chosen.pop(("data", "name"), None)
        self.lesson.config()  # which says what is wrong with it
        return Lab(self.lesson.data, chosen)

    @property
    def pages(self) -> list[str]:
        """What is said one after another."""
        said = [*self.lesson.steps, f"{self.lesson.question} Goal: {self.lesson.check.says}."]
        return [*said, f"Reached. {self.lesson.answer}{self._next}"] if self.passed else said

    @property
    def _next(self) -> str:
        """What to type for the lesson behind this one."""
        known = names()
        place = known.index(self.name) + 1 if self.name in known else len(known)
        return f" Next: nnlab lesson start {known[place]}" if place < len(known) else ""

    @property
    def seen(self) -> tuple[object, ...]:
        """What its lines depend on."""
        return self.step, self.passed

    def go_on(self) -> None:
        """The next step; behind the last one the first again."""
        self.step = (self.step + 1) % len(self.pages)
        remember(self.name, Come(self.step))

    def look(self, session: LabSession) -> bool:
        """Whether the lab's run passes, for the first time: the answer is in view then."""
        if self.passed or session.shown is None or missing(self.lesson, session.lab.config, session.state.history):
            return False
        self.passed = True
        self.step = len(self.pages) - 1
        remember(self.name, Come(0, done=True))
        return True

    def lines(self, width: int, options: RenderOptions) -> Lines:
        """The lesson's title and the present step, in a few lines."""
        page, pages = self.step + 1, len(self.pages)
        head = f"{inert(self.lesson.title, 40, ascii=options.ascii)}  {page}/{pages}  "
        style = options.ink(GOOD) if self.passed and page == pages else options.ink()
        said = wrapped(inert(self.pages[self.step], ascii=options.ascii), max(width, 20))
        more = "L: next step"
        title = words((head, options.bold), (more if len(head) + len(more) <= width else "", options.grey))
        return [title, *(words((part, style)) for part in said[: MOST_LINES - 1])]
