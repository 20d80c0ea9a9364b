"""How far a run is: turns, their rate, and what was there before."""

from pathlib import Path

import pytest
from openai_server import OpenAIServer
from synthesis.played import model_writer

from personavlm.synthesis.running import Meter
from personavlm.synthesis.spent import Prices


def test_what_was_there_counts_but_not_towards_the_rate(
    server: OpenAIServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = model_writer(server, tmp_path, tmp_path / "out")
    meter = Meter(writer, 2, Prices(1, 2))
    bar = meter.bar
    first, second = writer.turns(0), writer.turns(1)
    assert bar.total == first + second
    writer.progress(1, 10, True)
    assert (bar.n, bar.initial) == (10, 0)
    meter.finished(1)  # the first person was on the disk
    assert (bar.n, bar.initial) == (10 + first, first)
    writer.progress(1, second - 10, False)
    meter.finished(2)
    assert (bar.n, bar.initial) == (bar.total, bar.total - 10)
    meter.close()
    assert "0 requests, 0 tokens read, 0 generated, 0.00 spent" in capsys.readouterr().err
