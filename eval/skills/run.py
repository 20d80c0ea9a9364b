"""How well models play their part on held-out made-up people, side by side.

    personavlm synthesize --simulator --split test --people 400 --format rl --out PEOPLE
    python eval/skills/run.py --people PEOPLE --model FOLDER --name "after SFT" --out OUT

Every model is asked the same, with the same memory. OUT keeps what each wrote, a line a person, and
a table of them all, each beside the one before it. Stopped, the same command goes on. The embedded
engine is asked too (`--model preview`); for it, the option closest to what it found is taken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tqdm import tqdm

from eval import durable
from eval.benchmarks.files import fingerprint, fingerprints
from eval.benchmarks.source import tell
from eval.journal import code
from eval.options import positive
from eval.skills.ask import Closest, as_written, outcome
from eval.skills.people import people
from eval.skills.runs import OUTCOME, ROWS, Run, begun, report
from personavlm.engines.base import Engine
from personavlm.engines.preview.engine import PreviewEngine
from personavlm.errors import PersonaVLMError
from personavlm.hub.prepare import prepare_weights
from personavlm.hub.weights import Weights
from personavlm.memory.encode import CachedEncoder, MiniLM
from personavlm.memory.hits import Limits
from personavlm.prompts import OWN
from personavlm.prompts.pack_file import load_pack
from personavlm.training.rollout.people import People

WAITING = 3  # batches of people at once, so that enough of them wait with one task
PREVIEW = PreviewEngine.name


def main(argv: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(argv)
    try:
        _measure(asked)
        print(report(asked.out))
    except PersonaVLMError as error:
        tell(str(error))
        return 1
    except KeyboardInterrupt:
        tell("Interrupted. The same command goes on where this one stopped.")
        return 130
    return 0


def _measure(asked: argparse.Namespace) -> None:
    """Ask one model about everybody that it was not asked about yet.

    Raises:
        BadInput: the people, the prompts or the folder cannot be used. WeightsError: nor the model.
    """
    held_out = list(people(asked.people, asked.limit))
    folder = asked.out / asked.name.replace(" ", "-")
    with durable.held(folder):
        weights = None if asked.model == PREVIEW else prepare_weights(asked.model, report=tell)
        begun(folder, _run(asked, weights))
        durable.drop_torn_line(folder / ROWS)
        done = {one.person for one in durable.rows(folder / ROWS, OUTCOME)}
        left = [person for person in held_out if person.life.number not in done]
        if not left:
            return
        encoder = CachedEncoder(MiniLM())
        engine = PreviewEngine(encoder) if weights is None else _trained(asked, weights)
        settled = Closest(encoder) if weights is None else as_written
        memories = asked.out / "memories" / code()[:16]
        known = People(asked.people / "rl", memories, encoder)
        limits = limits_of(asked)
        with (
            (folder / ROWS).open("ab") as file,
            ThreadPoolExecutor(WAITING * asked.batch) as pool,
            tqdm(total=len(held_out), initial=len(done), unit="person", disable=None) as bar,
        ):
            for one in pool.map(lambda who: outcome(who, engine, known, limits, settled), left):
                durable.append(file, one)
                bar.update()


def _trained(asked: argparse.Namespace, weights: Weights) -> Engine:
    from eval.skills.together import Together, text_base  # these import torch

    pack = OWN if asked.prompts is None else load_pack(asked.prompts)
    return Together(text_base(weights), pack, asked.batch)


def limits_of(asked: argparse.Namespace) -> Limits:
    """How much a search returns to the model."""
    return Limits(semantic=asked.semantic, episodic=asked.episodic, turn_tokens=asked.turn_tokens)


def _run(asked: argparse.Namespace, weights: Weights | None) -> Run:
    return Run(
        asked.name,
        asked.model,
        fingerprints(sorted(weights.path.glob("*.safetensors"))) if weights is not None else {},
        fingerprint(asked.prompts) if asked.prompts else OWN.name,
        fingerprint(asked.people / "manifest.json"),
        asked.limit,
        asdict(limits_of(asked)),
        code(),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--people", type=Path, required=True, metavar="DIR",
        help="what `personavlm synthesize --split test` wrote")  # fmt: skip
    add(
        "--model",
        required=True,
        metavar="REPO",
        help=f"a text model: Hub repository or folder; {PREVIEW} is the embedded engine",
    )
    add("--name", required=True, help="what the table calls it, as `after SFT`")
    add("--prompts", type=Path, metavar="FILE", help="the prompt pack that it is asked with")
    add("--limit", type=positive, default=100, metavar="N", help="how many people")
    usual = Limits()
    add("--semantic", type=positive, default=usual.semantic, metavar="N",
        help="facts that a search returns; a small model reads little")  # fmt: skip
    add("--episodic", type=positive, default=usual.episodic, metavar="N", help="topics")
    add("--turn-tokens", type=positive, default=usual.turn_tokens, metavar="N",
        help="of dialogue that its topics bring")  # fmt: skip
    add("--batch", type=positive, default=32, metavar="N", help="replies written side by side")
    add("--out", type=Path, required=True, metavar="DIR", help="where everything goes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
