"""What is found out before anything is answered: judges that are not there, options that clash."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval.open.comparing import asked, compared, words
from openai_server import KEY, WRONG_KEY, openai_server

from eval.open.flags import JUDGE_KEY
from eval.samples.build import write
from personavlm.errors import BadInput, EngineUnavailable


def test_a_judge_that_cannot_be_asked(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", people=("50/0",))
    with openai_server() as server:
        server.refusals.append(WRONG_KEY)
        with pytest.raises(EngineUnavailable, match=r"The judge judge: .* does not accept"):
            compared(*words(tmp_path, server))
    assert not list((tmp_path / "runs").rglob("cases.jsonl"))


def test_judges_who_would_see_each_others_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(JUDGE_KEY, KEY)
    two = ["--judge-model", "a", "--judge-url", "http://a/v1",
           "--judge-model", "b", "--judge-url", "http://b/v1"]  # fmt: skip
    with pytest.raises(BadInput, match="would all see it") as raised:
        compared("--data", "unread", *two)
    assert KEY not in str(raised.value)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ([], "compared by a model: name it with --judge-model"),
        (["--judge-model", "one"], "--judge-url"),
        (["--judge-model", "one", "--judge-url", "http://a/v1", "--judge-url", "http://b/v1"],
         "2 for 1 judges"),
        (["--judge-model", "one", "--judge-url", "http://a/v1", "--opponent", "personavlm"],
         "the same two systems"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_before_anything_is_run(
    tmp_path: Path, more: list[str], reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        compared("--data", tmp_path, "--out", tmp_path / "runs", *more)
    assert not (tmp_path / "runs").exists()


def test_the_defaults_are_the_papers_opponent() -> None:
    assert asked().opponent == "full"
