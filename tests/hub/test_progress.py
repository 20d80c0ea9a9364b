"""A meter counts what is here, and gives back what was given up."""

from __future__ import annotations

from personavlm.hub.progress import Meter, tap


def test_lines_come_now_and_then_with_the_rate() -> None:
    lines: list[str] = []
    now = [0.0]
    meter = Meter("acme/tiny@abc1234", 16_600_000_000, 1_000_000_000, lines.append, lambda: now[0])
    bar = tap(meter)(total=5_000_000_000, desc="model.safetensors")
    for tenth in range(1, 21):
        now[0] = tenth / 10
        bar.update(10_000_000)
    assert lines == [
        "Downloading acme/tiny@abc1234: 1.1 of 16.6 GB (100 MB/s)",
        "Downloading acme/tiny@abc1234: 1.1 of 16.6 GB (100 MB/s)",
        "Downloading acme/tiny@abc1234: 1.1 of 16.6 GB (100 MB/s)",
        "Downloading acme/tiny@abc1234: 1.2 of 16.6 GB (100 MB/s)",
    ]


def test_bytes_of_a_file_begun_again_do_not_count_twice() -> None:
    lines: list[str] = []
    now = [0.0]
    meter = Meter("x", 10_000_000, 0, lines.append, lambda: now[0])
    tap(meter)().update(4_000_000)
    bar = tap(meter)()  # the file is begun again
    bar.update(5_000_000)
    bar.update(-1_000_000)  # the server did not resume: the library starts over
    now[0] = 1.0
    bar.update(1_000_000)
    assert lines == ["Downloading x: 5.0 of 10.0 MB (5 MB/s)"]
    meter.finish(5_000_000)
    now[0] = 2.0
    tap(meter)().update(5_000_000)
    assert lines[-1].startswith("Downloading x: 10.0 of 10.0 MB")
