"""Pictures are taken when somebody watches and they would show something new."""

from pathlib import Path

from nnlab.engine.config import validate
from nnlab.engine.events import Event, PictureTaken
from nnlab.engine.runs import claim
from nnlab.engine.training.control import Inbox, send
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.saving import Saver
from nnlab.engine.training.session import begin
from nnlab.engine.training.steering import Steering


def test_a_paused_training_is_not_drawn_again_unless_other_pictures_are_wanted(tmp_path: Path):
    tree = {"data": {"name": "xor", "samples": 40}, "model": {"hidden": [3]}, "training": {"epochs": 5}}
    session, folder = begin(validate(tree, source="test")), claim(out=tmp_path / "run")
    steering = Steering(Inbox(folder.control), StopRequest(), Saver(None, "1e"))

    def drawn(**wish: object) -> list[str]:
        send(folder, "pictures", every=0.0, until=1e18, **wish)
        steering.looked_at = steering.drawn_at = 0.0
        events: list[Event] = list(steering.look(session))
        return [event.kind for event in events if isinstance(event, PictureTaken) and event.live]

    assert drawn(width=8, height=4) == ["map", "matrix"]
    assert drawn(width=8, height=4) == []
    assert drawn(width=9, height=4) == ["map", "matrix"]
    assert drawn(width=9, height=4, kinds=["network"]) == ["network"]
    session.step += 1
    assert drawn(width=9, height=4, kinds=["network"]) == ["network"]
