"""Settings by flag and by environment; who a browser is."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import CliApp

from personavlm.settings import Settings
from personavlm.ui.identity import browser_secret, new_id, valid_id


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENGINE", "MODEL", "HOST", "PORT", "DATA_DIR"):
        monkeypatch.delenv(f"PERSONAVLM_{name}", raising=False)
    monkeypatch.delenv("GRADIO_SERVER_NAME", raising=False)
    monkeypatch.delenv("GRADIO_SERVER_PORT", raising=False)


def parse(*arguments: str) -> Settings:
    return CliApp.run(Settings, cli_args=list(arguments))


def test_it_listens_on_this_machine_only_unless_told_otherwise() -> None:
    settings = parse()
    assert (settings.host, settings.port, settings.engine) == ("127.0.0.1", 7860, "auto")
    assert settings.model is None and settings.data_dir is None


def test_flags_go_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONAVLM_PORT", "8000")
    monkeypatch.setenv("PERSONAVLM_DATA_DIR", "/somewhere")
    monkeypatch.setenv("PERSONAVLM_ENGINE", "")
    settings = parse("--port", "9000", "--engine", "preview")
    assert (settings.port, settings.engine) == (9000, "preview")
    assert settings.data_dir == Path("/somewhere")


def test_a_spaces_container_is_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    assert parse().host == "0.0.0.0"
    assert parse("--host", "127.0.0.1").host == "127.0.0.1"


@pytest.mark.parametrize("arguments", [("--port", "70000"), ("--engine", "magic")])
def test_what_cannot_be_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises((ValidationError, SystemExit)):
        parse(*arguments)


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    secret = browser_secret(folder)
    assert len(secret) > 30 and browser_secret(folder) == secret
    assert stat.S_IMODE((folder / "browser.key").stat().st_mode) == 0o600


def test_only_ids_of_ours_are_taken_from_a_browser() -> None:
    own = new_id()
    assert valid_id(own) == own and new_id() != own
    for other in ("", "short", "../../etc/passwd" * 2, "x" * 100, None, 7, {"id": own}):
        assert valid_id(other) is None
