"""Real processes: what each says last is told, whatever else it prints, and none is left behind."""

import os
import sys
from collections.abc import Callable, Iterator
from subprocess import DEVNULL, PIPE
from typing import Any

import pytest

from nnlab.tui.child import ChildProcess

Start = Callable[..., ChildProcess]
SOON = 20.0  # seconds, which no test takes
ECHO = "import sys; sys.stdout.write(sys.stdin.read())"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start Python on some code, as "The reader"; all of them are closed afterwards."""
    started: list[ChildProcess] = []

    def begin(code: str, **how: Any) -> ChildProcess:
        started.append(ChildProcess("The reader", ["-c", code], **how))
        return started[-1]

    yield begin
    for child in started:
        child.close()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("exit('Error: There is no such file.')", "There is no such file."),
        ("exit('Warning: old.\\nError: It is gone:\\nline 3.')", "It is gone:\nline 3."),
        ("exit('Error: first.\\nError: second.')", "second."),
        ("exit('a line\\nthe last line.')", "The reader ended with exit code 1: the last line."),
        ("raise OSError('Error: odd')", "The reader ended with exit code 1: OSError: Error: odd."),
        ("exit(3)", "The reader ended with exit code 3."),
        ("pass", "The reader ended with exit code 0."),
        ("import os; os.write(2, b'\\xff'); exit(1)", "The reader ended with exit code 1: \N{REPLACEMENT CHARACTER}."),
    ],
)
def test_what_it_said_last_is_a_sentence(start: Start, code: str, said: str):
    child = start(code)
    child.wait(SOON)
    assert child.failure() == said
    assert child.failure() == said  # however often it is asked


def test_one_that_lives_has_not_failed(start: Start):
    assert start("input()").failure() is None


def test_it_ends_with_its_standard_input(start: Start):
    child = start("import sys; sys.stdin.read()")
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(SOON) == 0


@pytest.mark.parametrize("how", [{}, {"stdout": PIPE}, {"stdin": DEVNULL}])
def test_closing_ends_it_at_once_and_may_be_done_twice(start: Start, how: dict[str, Any]):
    child = start("import time; time.sleep(60)", **how)
    child.close()
    child.close()
    assert child.returncode is not None
    assert all(pipe.closed for pipe in (child.stdin, child.stdout) if pipe is not None)


def test_words_that_nobody_has_read_do_not_keep_it_from_closing(start: Start):
    child = start("import os; os.close(0); input()")
    child.wait(SOON)
    assert child.stdin is not None
    child.stdin.write(b"unread")
    child.close()


def test_what_it_prints_goes_where_it_is_asked_for(start: Start):
    child = start(ECHO, stdout=PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(b"word")
    child.stdin.close()
    assert child.stdout.read() == b"word"


def test_its_environment_can_be_another(start: Start):
    child = start("import os; exit(os.environ['TWO'])", env={**os.environ, "TWO": "2"})
    child.wait(SOON)
    assert child.failure() == "The reader ended with exit code 1: 2."


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are POSIX")
def test_its_session_is_its_own(start: Start):
    child = start("import os; os.write(1, b'there'); input()", stdout=PIPE)
    assert child.stdout is not None
    assert child.stdout.read(5) == b"there"
    assert os.getsid(child.pid) == child.pid


def test_a_module_of_nnlabs_runs_by_the_same_python():
    child = ChildProcess("nnlab", ["-m", "nnlab", "--version"], stdout=PIPE)
    assert child.stdout is not None
    assert child.stdout.read().startswith(b"nnlab ")
    child.close()
