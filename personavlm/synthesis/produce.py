"""From a writer to files: lives are written, checked, put into formats, and counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from personavlm.errors import BadInput
from personavlm.memory.hits import Limits
from personavlm.prompts.pack import OWN, PromptPack
from personavlm.synthesis.abreast import abreast
from personavlm.synthesis.checking import ModelCheck
from personavlm.synthesis.filters import Fault, Rules
from personavlm.synthesis.formats import Format
from personavlm.synthesis.formats.persona_mme import PersonaMme
from personavlm.synthesis.formats.rl import Rl
from personavlm.synthesis.formats.sft import Sft
from personavlm.synthesis.formats.sink import Sink
from personavlm.synthesis.life import Life
from personavlm.synthesis.measures import Measures
from personavlm.synthesis.mix import Mix
from personavlm.synthesis.recall import AS_THE_PRODUCT
from personavlm.synthesis.report import REPORT, Asked, markdown, report
from personavlm.synthesis.spent import Prices
from personavlm.synthesis.store import Store, write
from personavlm.synthesis.writer import Unwritten, Writer

_SINKS: Mapping[Format, Callable[[Path, PromptPack, Mix], Sink]] = {
    Format.SFT: Sft,
    Format.RL: lambda out, pack, mix: Rl(out, pack),
    Format.PERSONA_MME: lambda out, pack, mix: PersonaMme(out),
}


def produce(
    writer: Writer,
    people: int,
    out: Path,
    formats: Sequence[Format],
    progress: Callable[[int], None] = lambda number: None,
    *,
    check: ModelCheck | None = None,
    at_once: int = 1,
    prices: Prices | None = None,
    pack: PromptPack = OWN,
    limits: Limits = AS_THE_PRODUCT,
    mix: Mix = Mix.PAPER,
) -> dict[str, Any]:
    """Write so many people and their files; returns the figures of the report.

    Lives that are there from an earlier run are taken as they are. The same writer, number of
    people and formats give the same bytes.

    Args:
        progress: told the number of people done, after each.
        check: looks at questions once more, after the rules.
        at_once: how many people are written side by side.
        prices: of what the writer asks for; what that took is in the report then.
        pack: the wording of the prompts in training rows.
        limits: what the searches in them return.
        mix: what of a life the supervised rows are made of.

    Raises:
        BadInput: there is nobody to write, or the folder holds something else or cannot be written.
        EngineUnavailable: a model cannot be asked any more; the same call goes on from there.
    """
    if people < 1:
        raise BadInput(f"{people} people cannot be written; ask for one at least.")
    store, rules, measures = Store(out, writer), Rules(limits=limits), Measures()
    try:
        sinks = {name: _SINKS[name](out, pack, mix) for name in dict.fromkeys(formats)}
        with closing(_lives(store, writer, check, people, at_once)) as lives:
            for number, (life, faults) in enumerate(lives, 1):
                checked = rules.check(life, faults)
                if checked is not None:
                    measures.add(checked.life)
                    for sink in sinks.values():
                        sink.add(checked)
                progress(number)
        if not measures.lives:
            raise BadInput(f"Not one of {people} lives kept the rules: {rules.rejections[0]}.")
        for sink in sinks.values():
            sink.finish()
        counts = {name.value: sink.counts for name, sink in sinks.items()}
        asked = Asked(writer.spent(), (check.model, check.spent()) if check else None, prices)
        figures = report(writer.settings, measures, rules, counts, asked)
        _tell(out, figures, rules, writer.source)
    except OSError as error:
        raise BadInput(f"{out} cannot be written to: {error}.") from error
    return figures


def _lives(
    store: Store, writer: Writer, check: ModelCheck | None, people: int, at_once: int
) -> Generator[tuple[Life | Unwritten, dict[str, Fault]], None, None]:
    """Each person, with what the check found wrong with their questions."""

    def have(number: int) -> tuple[Life | Unwritten, dict[str, Fault]]:
        life = store.have(number)
        return life, check.faults(life) if check else {}

    def stop() -> None:
        writer.stop()
        if check is not None:
            check.stop()

    return abreast(have, people, at_once, stop)


def _tell(out: Path, figures: Mapping[str, Any], rules: Rules, source: str) -> None:
    """The card, the report, and every rejection with its reason."""
    card = {
        "source": source,
        "settings": figures["settings"],
        "people": figures["measures"]["people"],
        "formats": figures["formats"],
        "note": "Made-up people; nobody of them exists, and none of it is the published data.",
    }
    lines = [json.dumps(asdict(each), ensure_ascii=False) for each in rules.rejections]
    write(out / "card.json", json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write(out / "report.json", json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    write(out / REPORT, markdown(figures))
    write(out / "rejections.jsonl", "".join(f"{line}\n" for line in lines))
