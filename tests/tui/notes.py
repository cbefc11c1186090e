"""What is said in the corner of a screen."""

from typing import Any

from textual.pilot import Pilot


async def notes(pilot: Pilot[Any]) -> list[str]:
    """The notes there are, once there is one: it is a message to the application, which no pause waits for."""
    while not pilot.app._notifications:
        await pilot.pause()
    return [note.message for note in pilot.app._notifications]
