"""The named endpoints, against `python app.py` as people start it, with gradio_client."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

ROOT = Path(__file__).parents[2]
KEY = "a-session-of-the-api-tests"


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "app.py", "--engine", "preview", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def address(data_dir: Path) -> Iterator[str]:
    """Starts the app by its environment variables; its one line tells the address."""
    port = free_port()
    began = time.monotonic()
    process = start(PERSONAVLM_PORT=str(port), PERSONAVLM_DATA_DIR=str(data_dir))
    assert process.stdout is not None and process.stderr is not None
    try:
        line = process.stdout.readline()
        assert line.startswith(f"PersonaVLM on http://127.0.0.1:{port}/ · "), process.stderr.read()
        assert "preview" in line
        assert time.monotonic() - began < 60
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0, "it ends in good order when told to"


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


def test_only_the_five_endpoints_are_public(client: Client) -> None:
    names = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(names) == {"/chat", "/memory", "/personality", "/end_session", "/export"}


def test_the_readmes_example_runs(address: str) -> None:
    [code] = re.findall(r"```py\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    told: list[str] = []
    names: dict[str, Any] = {"print": lambda *values: told.append(str(values))}
    exec(code.replace("http://127.0.0.1:7860", address), names)
    assert "corgi" in "".join(told)


def test_a_conversation_is_remembered(client: Client) -> None:
    def call(name: str, **values: Any) -> Any:
        result = client.predict(session=KEY, api_name=name, **values)
        json.dumps(result)
        return result

    first = call("/chat", message="I adopted a corgi named Biscuit.", time="2026-03-02T09:00")
    assert first["reply"] and first["usage"]["completion_tokens"] > 0
    assert {item["kind"] for item in first["remembered"]} >= {"personality", "semantic"}

    picture = io.BytesIO()
    PIL.Image.new("RGB", (40, 30), "orange").save(picture, "PNG")
    encoded = base64.b64encode(picture.getvalue()).decode()
    url = f"data:image/png;base64,{encoded}"
    call("/chat", message="This is him.", images=[url], time="2026-03-02T09:01")

    assert call("/end_session")["remembered"]
    known = call("/chat", message="What is my corgi called?", time="2026-03-04T09:00")
    searches = [step for step in known["trace"] if step["kind"] == "retrieval"]
    assert any("Biscuit" in hit["text"] for step in searches for hit in step["hits"])
    assert "Biscuit" in known["reply"]

    memory = call("/memory")
    assert memory["counts"]["turns"] == 3
    assert any("Biscuit" in fact["content"] for fact in memory["semantic"])
    traits = call("/personality")["traits"]
    assert len(traits) == 5 and all(1 <= value <= 5 for value in traits.values())

    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(call("/export")["base64"])))
    assert "memory.json" in archive.namelist()
    assert any(name.startswith("images/") for name in archive.namelist())


def test_another_session_is_another_person(client: Client) -> None:
    memory = client.predict(session="somebody-else-entirely", api_name="/memory")
    assert memory["counts"]["turns"] == 0


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("/memory", {"session": "short"}, "at least 16 characters"),
        ("/chat", {"session": KEY, "message": "  "}, "empty"),
        ("/chat", {"session": KEY, "message": "x" * 100_000}, "100,000 characters"),
        ("/chat", {"session": KEY, "message": "Hi", "images": ["%%%"]}, "base64"),
        ("/chat", {"session": KEY, "message": "Hi", "images": ["aGVsbG8="]}, "picture"),
        ("/chat", {"session": KEY, "message": "Hi", "time": "soon"}, "ISO 8601"),
    ],
)
def test_bad_calls_are_answered_with_what_to_do(
    client: Client, name: str, values: dict[str, Any], told: str
) -> None:
    with pytest.raises(AppError, match=told):
        client.predict(api_name=name, **values)


def test_memories_are_not_served_as_files(address: str, data_dir: Path) -> None:
    key = data_dir / "browser.key"
    database = next(data_dir.glob("people/*/memory.sqlite3"))
    for path in (key, database, ROOT / "pyproject.toml"):
        assert path.exists()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{address}gradio_api/file={path}", timeout=20)
        assert refused.value.code in (403, 404)


def test_a_taken_port_is_one_clear_line(address: str) -> None:
    port = address.rstrip("/").rpartition(":")[2]
    process = start("--port", port)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and out == ""
    assert err.count("\n") == 1 and f"Port {port}" in err and "--port" in err


def test_a_wrong_setting_is_one_clear_line() -> None:
    process = start("--port", "seven")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.count("\n") == 1 and "port" in err and "Traceback" not in err
