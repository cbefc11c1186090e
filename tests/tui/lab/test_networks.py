"""The networks of the user's own that the lab offers: those of runs, as far as their files are what the user named."""

from pathlib import Path

from nnlab.engine.models.trust import trust
from nnlab.tui.lab.networks import user_networks


def make(folder: Path, config: str) -> None:
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(config, encoding="utf-8")


def test_only_networks_of_ones_own_that_are_as_they_were_named_are_offered(own_world: Path, tmp_path: Path):
    assert user_networks() == []
    made = '[data]\nname = "xor"\n[model]\nfamily = "custom"\nfile = "{}"\nclass_name = "Net"\n'
    for name in ("named", "changed", "foreign"):
        file = tmp_path / f"{name}.py"
        file.write_text(f"# {name}", encoding="utf-8")
        if name != "foreign":
            trust(str(file))
        for run in range(2):
            make(own_world / f"{name}-{run}", made.format(file.as_posix()))
    make(own_world / "gone", made.format((tmp_path / "gone.py").as_posix()))
    make(own_world / "torn", "[model")
    make(own_world / "strange", "model = 3")
    (tmp_path / "changed.py").write_text("# other", encoding="utf-8")
    assert user_networks() == [f"{(tmp_path / 'named.py').as_posix()}:Net"]
