"""Which Python has SGLang, among environments that are laid out as venv and pip do."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from personavlm.engines.sglang import find
from personavlm.engines.sglang.find import find_python, has_sglang
from personavlm.errors import EngineUnavailable


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No SGLang here, nor on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(find, "find_spec", lambda name: None)


def environment(folder: Path, *, sglang: bool) -> Path:
    """A virtual environment as far as is looked: bin/python says whether there is a sglang."""
    program(folder / "bin/python", f"exit {0 if sglang else 1}")
    program(folder / "bin/sglang", "exit 1")
    return folder


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_an_environment_or_its_python_may_be_asked_for(tmp_path: Path) -> None:
    folder = environment(tmp_path / "env", sglang=True)
    assert find_python(str(folder)) == folder / "bin/python"
    assert find_python(str(folder / "bin/python")) == folder / "bin/python"


def test_a_name_is_looked_up_and_a_link_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = program(tmp_path / "real/python3.11", "exit 0")
    link = tmp_path / "env/bin/python"  # as in a virtual environment: its packages go by the link
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    monkeypatch.setenv("PATH", str(link.parent))
    assert find_python("python") == link


def test_one_that_is_asked_for_must_have_it(tmp_path: Path) -> None:
    folder = environment(tmp_path / "env", sglang=False)
    with pytest.raises(EngineUnavailable, match=r"has no SGLang\. Install it there: .*bin/python"):
        find_python(str(folder))
    assert not has_sglang(str(folder))


def test_this_python_is_really_asked() -> None:
    with pytest.raises(EngineUnavailable, match="has no SGLang"):
        find_python(sys.executable)  # the app's own environment never has it


@pytest.mark.parametrize("setting", ["nothing-here", "empty-folder"])
def test_something_else_is_refused(setting: str, tmp_path: Path) -> None:
    (tmp_path / "empty-folder").mkdir()
    with pytest.raises(EngineUnavailable, match="neither a Python nor a virtual environment"):
        find_python(str(tmp_path / setting))


def test_a_python_that_does_not_run_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_bytes(b"\x7fELF, or so it says")
    broken.chmod(0o755)
    with pytest.raises(EngineUnavailable, match="cannot be run"):
        find_python(str(broken))


def test_this_environment_comes_before_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(environment(tmp_path / "env", sglang=True) / "bin"))
    spec = ModuleSpec("sglang", None, origin="/somewhere/sglang/__init__.py")
    monkeypatch.setattr(find, "find_spec", lambda name: spec)
    assert find_python(None) == Path(sys.executable)


def test_a_folder_of_that_name_is_not_an_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "find_spec", lambda name: ModuleSpec("sglang", None))
    assert not has_sglang(None)


def test_the_command_on_the_path_leads_to_its_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = environment(tmp_path / "env", sglang=True)
    commands = tmp_path / "local/bin"  # as pipx and uv do: a link to the command, nothing else
    commands.mkdir(parents=True)
    (commands / "sglang").symlink_to(folder / "bin/sglang")
    monkeypatch.setenv("PATH", str(commands))
    assert find_python(None) == folder / "bin/python"
    assert has_sglang(None)


def test_none_at_all_says_how_to_get_it() -> None:
    with pytest.raises(EngineUnavailable, match=r"not installed.*python3 -m venv.*--sglang-python"):
        find_python(None)
    assert not has_sglang(None)
