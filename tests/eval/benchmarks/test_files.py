"""Whatever a benchmark's file holds, an error names the file and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval.made import persona_mme_row, write_history, write_persona_mme

from eval.benchmarks.files import fingerprint, json_of
from eval.benchmarks.histories import MISSING, histories
from eval.benchmarks.persona_mme import read
from personavlm.errors import BadInput


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[", "is not JSON: Expecting value, line 1"),
        ("[" * 200_000, "is not JSON that can be read"),
        ("9" * 5_000, "is not JSON that can be read"),
    ],
)
def test_what_is_no_json(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "Persona-MME.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"Persona-MME\.json") as told:
        json_of(path)
    assert reason in str(told.value)


def test_a_fingerprint_follows_its_file(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    with pytest.raises(BadInput, match=r"some\.csv cannot be read"):
        fingerprint(path)
    path.write_text("a")
    first = fingerprint(path)
    assert first == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    path.write_text("bc")
    assert fingerprint(path) != first


def test_histories_are_told_apart_by_their_texts_and_pictures(tmp_path: Path) -> None:
    paths = [write_history(tmp_path, user) for user in ("50/0", "100/7")]
    rows = [persona_mme_row(n, user) for n, user in enumerate(("50/0", "100/7", "50/1"))]
    cases = read(write_persona_mme(tmp_path, rows), "32k")
    found = histories(cases)
    mine, yours, gone = (f"samples/{user}/user_data.json" for user in ("50/0", "100/7", "50/1"))
    assert found[mine] == fingerprint(paths[0])
    assert found[yours] != found[mine]
    assert found[gone] == MISSING
    assert found[f"{mine} (pictures)"] == found[f"{yours} (pictures)"]
    (paths[0].parent / "1.png").write_bytes(b"another picture")
    changed = histories(cases)
    assert {name for name in found if found[name] != changed[name]} == {f"{mine} (pictures)"}
    assert histories([]) == {}
