"""The file of replies: it only grows, and survives a kill in the middle of a line."""

from pathlib import Path

import pytest

from personavlm.errors import BadInput
from personavlm.synthesis.spent import Prices, Spent, told
from personavlm.synthesis.writing.pieces import Pieces, Reply, spent

ONE = Reply("person", '{"a": 1}\n', False, 100, 20, "scripted-1")
OTHER = Reply("person", "«}", True, 7, 5, "")


def test_replies_are_there_again_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "0.jsonl"
    pieces = Pieces(path)
    pieces.add(ONE)
    pieces.add(OTHER)
    for found in (pieces, Pieces(path)):
        assert found.of("person") == [ONE, OTHER]
        assert found.of("session 0") == []


def test_what_a_kill_left_of_a_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "0.jsonl"
    Pieces(path).add(ONE)
    whole = path.read_bytes()
    Pieces(path).add(OTHER)
    for end in range(len(whole), len(path.read_bytes()) - 1, 9):
        torn = tmp_path / "torn.jsonl"
        torn.write_bytes(path.read_bytes()[:end])
        pieces = Pieces(torn)
        assert pieces.of("person") == [ONE]
        pieces.add(OTHER)
        assert torn.read_bytes() == path.read_bytes()


def test_what_is_no_reply_is_named(tmp_path: Path) -> None:
    (tmp_path / "0.jsonl").write_text("{}\n")
    with pytest.raises(BadInput, match=r"0\.jsonl holds something that is no reply"):
        Pieces(tmp_path / "0.jsonl")


def test_what_all_of_them_took_is_counted(tmp_path: Path) -> None:
    Pieces(tmp_path / "0.jsonl").add(ONE)
    Pieces(tmp_path / "1.jsonl").add(OTHER)
    took = spent(tmp_path)
    assert took == Spent(2, 107, 25, frozenset({"scripted-1"}))
    assert told(took) == "2 requests, 107 tokens read, 25 generated"
    assert told(Spent(2)) == "2 requests, tokens not counted by the server"
    assert took.money(Prices(1e6, 2e6)) == pytest.approx(107 + 50)
    assert told(took, Prices(1e6, 2e6)).endswith(", 157.00 spent")
