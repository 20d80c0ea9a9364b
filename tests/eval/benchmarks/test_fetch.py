"""`run.py` without --data: the files that are needed, from a Hub on loopback, at one commit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from eval.dataset_hub import DatasetHub
from eval.made import FITS, persona_mme_row, write_history, write_p_soups, write_persona_mme
from eval.made import write_personamem as write_mem
from hub_server import MEMBER, STRANGER
from huggingface_hub import constants

from eval import run
from eval.benchmarks.fetch import REPOS
from eval.case import Benchmark
from eval.journal import CASES, MANIFEST, read

MME, MEM, SOUPS = (REPOS[name] for name in Benchmark)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatasetHub]:
    """Has the three datasets, in folders as they may be; the cache of this test is empty."""
    root = tmp_path / "hub"
    write_mem(root / MEM, 12)
    people = root / MME / "Persona-MME"
    for user in ("50/0", "50/1", "100/7", "500/3"):
        write_history(people, user)
    rows = [persona_mme_row(n, "50/0") for n in range(4)]
    rows += [persona_mme_row(0, "50/1"), persona_mme_row(0, "100/7", **FITS)]
    write_persona_mme(people, [*rows, persona_mme_row(1, "500/3", **FITS)])
    write_p_soups(root / SOUPS / "P-Soups")
    (root / SOUPS / "Reddit_DEMO.json").write_text("[]")
    (root / SOUPS / "other").mkdir()
    with DatasetHub(root) as server:
        server.patch(monkeypatch, tmp_path / "home")
        yield server


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def asked(benchmark: str, out: Path, *options: str) -> int:
    return run.main(["--benchmark", benchmark, "--out", str(out), *options])


def test_a_rule_takes_the_questions_alone(hub: DatasetHub, out: Path) -> None:
    assert asked("persona-mme", out, "--method", "first") == 0
    assert set(hub.fetched()) == {"Persona-MME.json"}
    for context in ("32k", "128k"):
        manifest = read(out / f"persona-mme-{context}/first").manifest
        assert manifest.revision == f"{MME}@{hub.commit(MME)}"
        assert manifest.histories == {}


@pytest.mark.slow
def test_a_model_takes_the_histories_that_it_is_asked_about(hub: DatasetHub, out: Path) -> None:
    options = ("--method", "personavlm", "--engine", "preview", "--context", "32k", "--limit", "3")
    assert asked("persona-mme", out, *options) == 0
    made = read(out / "persona-mme-32k/personavlm-preview")
    assert not [record.failed for record in made.records if record.failed], "pictures too"
    people = {record.persona for record in made.records}
    assert people < {"50/0", "50/1", "100/7"}, "the limit leaves one out"
    fetched = {seen.name for seen in hub.files if seen.method == "GET"}
    assert fetched & {"0.png", "1.png"}, "of equal files at least one"
    assert fetched - {"0.png", "1.png"} == {"Persona-MME.json", "user_data.json"}
    assert len([s for s in hub.files if (s.method, s.name) == ("GET", "user_data.json")]) == 2
    histories = {f"samples/{user}/user_data.json" for user in people}
    assert histories < set(made.manifest.histories), "and their pictures"
    before = len(hub.files)
    assert asked("persona-mme", out, *options) == 0
    assert len(hub.files) == before, "what is here is not asked for again"


def test_every_benchmark_is_found_wherever_it_lies(hub: DatasetHub, out: Path) -> None:
    assert asked("personamem", out, "--method", "longest") == 0
    assert asked("p-soups", out, "--method", "longest") == 0
    assert read(out / "p-soups/longest").manifest.revision == f"{SOUPS}@{hub.commit(SOUPS)}"
    assert "Reddit_DEMO.json" not in hub.fetched()
    assert set(read(out / "personamem-32k/longest").manifest.data) == {"questions_32k.csv"}


def test_a_dry_run_fetches_no_history(
    hub: DatasetHub, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--method", "personavlm", "--engine", "preview", "--dry-run")
    assert asked("persona-mme", out, *options) == 0
    assert set(hub.fetched()) == {"Persona-MME.json"}
    assert "persona-mme-128k/personavlm-preview: 3 cases, 0 done" in capsys.readouterr().out


def test_a_dataset_that_changed_is_not_mixed_in(
    hub: DatasetHub, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked("personamem", out, "--method", "first") == 0
    first = hub.commit(MEM)
    cases = (out / "personamem-32k/first" / CASES).read_bytes()
    (hub.root / MEM / "README.md").write_text("a card")
    assert hub.commit(MEM) != first
    assert asked("personamem", out, "--method", "first") == 1
    told = capsys.readouterr().err
    assert "holds another run: revision was" in told
    assert f"--data-revision {first} has that data" in told
    hub.tags.add(first)  # the Hub keeps old commits
    assert asked("personamem", out, "--method", "first", "--data-revision", first) == 0
    assert (out / "personamem-32k/first" / CASES).read_bytes() == cases


@pytest.mark.slow
def test_without_the_hub_the_cache_does(
    hub: DatasetHub, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked("personamem", out, "--method", "first", "--context", "32k") == 0
    commit = hub.commit(MEM)
    hub.down = True
    assert asked("personamem", tmp_path / "again", "--method", "first") == 0
    assert f"Using {MEM}@{commit} from the cache" in capsys.readouterr().err
    assert read(tmp_path / "again/personamem-32k/first").manifest.revision == f"{MEM}@{commit}"
    assert asked("p-soups", out) == 1
    assert f"The dataset {SOUPS} is not in the cache" in capsys.readouterr().err
    model = ("--method", "full", "--engine", "preview", "--context", "32k")
    assert asked("personamem", out, *model) == 0, "the cases fail, and say why"
    failed = {record.failed for record in read(out / "personamem-32k/full-preview").records}
    assert len(failed) == 1
    assert "shared_contexts_32k.jsonl is missing" in failed.pop()


def test_offline_is_taken_at_its_word(
    hub: DatasetHub,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert asked("personamem", out) == 1
    told = capsys.readouterr().err
    assert "HF_HUB_OFFLINE is set" in told
    assert "with --data" in told
    assert not hub.files


def log_in(token: str) -> None:
    Path(constants.HF_TOKEN_PATH).parent.mkdir(parents=True, exist_ok=True)
    Path(constants.HF_TOKEN_PATH).write_text(token)


@pytest.mark.parametrize(("token", "status"), [("", 401), (STRANGER, 404)])
def test_no_such_dataset(
    hub: DatasetHub, out: Path, capsys: pytest.CaptureFixture[str], token: str, status: int
) -> None:
    hub.private = {MEM}
    if token:
        log_in(token)
    assert asked("personamem", out) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert f"The Hub has no dataset {MEM}, or it is private" in line
    assert f"({status})" in line
    assert "with --data" in line
    log_in(MEMBER)
    assert asked("personamem", out) == 0


@pytest.mark.parametrize(("token", "status"), [("", 401), (STRANGER, 403)])
def test_a_gated_dataset(
    hub: DatasetHub, out: Path, capsys: pytest.CaptureFixture[str], token: str, status: int
) -> None:
    hub.gated = {MEM}
    if token:
        log_in(token)
    assert asked("personamem", out, "--context", "32k") == 1
    told = capsys.readouterr().err
    assert f"({status})" in told
    assert f"{hub.url}/datasets/{MEM}" in told
    assert not out.exists()


def test_no_such_revision(hub: DatasetHub, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked("personamem", out, "--data-revision", "v9") == 1
    assert f"{MEM} has no revision 'v9'" in capsys.readouterr().err


def test_what_is_not_in_the_dataset_is_named(
    hub: DatasetHub, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked("personamem", out, "--context", "128k") == 1
    assert f"{MEM}@{hub.commit(MEM)} has no questions_128k.csv." in capsys.readouterr().err
    lying = hub.root / SOUPS / "P-Soups/student_phd.json"
    lying.replace(hub.root / SOUPS / "student_phd.json")
    assert asked("p-soups", out) == 1
    assert "in several folders" in capsys.readouterr().err
    write_p_soups(hub.root / SOUPS / "other")
    assert asked("p-soups", out) == 1
    assert "has more than one student_phd*.json" in capsys.readouterr().err


def test_a_file_that_was_damaged_on_the_way_is_fetched_anew(
    hub: DatasetHub, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.flipped = {"questions_32k.csv"}
    assert asked("personamem", out, "--context", "32k") == 1
    assert "questions_32k.csv of" in (told := capsys.readouterr().err)
    assert "is not what the Hub announces" in told
    hub.flipped = set()
    assert asked("personamem", out, "--context", "32k") == 0


def test_an_old_manifest_is_told_from_another_run(
    hub: DatasetHub, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked("personamem", out, "--method", "first") == 0
    path = out / "personamem-32k/first" / MANIFEST
    held = json.loads(path.read_text())
    for name in ("histories", "revision", "weights"):
        del held[name]
    path.write_text(json.dumps(held))
    assert asked("personamem", out, "--method", "first") == 1
    told = capsys.readouterr().err
    assert "was written by an earlier version, which did not record histories, revision" in told
    assert "Give another --out" in told
