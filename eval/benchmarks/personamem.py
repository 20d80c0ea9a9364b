"""PersonaMem (PERSONAMEM in the paper): one CSV of questions, and the conversations they share.

`questions_32k.csv` and `questions_128k.csv`, beside `shared_contexts_*.jsonl`, one conversation a
line: `{context_id: [{"role", "content"}, ...]}`. A question sees its conversation's first
`end_index_in_shared_context` messages. The persona is restated in system messages within them.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from eval.benchmarks.files import Strict, csv_rows, find, parsed, reading
from eval.case import Benchmark, Case, HistoryRef
from personavlm.errors import BadInput

CONTEXTS = ("32k", "128k")
LETTERS = "abcd"

# In the paper's figure 4 the first is "acknowledge latest user preference", and the second "recall
# user shared facts"; the others go by the same names.
TYPES = (
    "recall_user_shared_facts",
    "recalling_facts_mentioned_by_the_user",
    "track_full_preference_evolution",
    "recalling_the_reasons_behind_previous_updates",
    "suggest_new_ideas",
    "generalizing_to_new_scenarios",
    "provide_preference_aligned_recommendations",
)


class Question(Strict):
    persona_id: Annotated[str, Field(min_length=1)]
    question_id: Annotated[str, Field(min_length=1)]
    question_type: Annotated[str, Field(min_length=1)]
    topic: str
    user_question_or_message: Annotated[str, Field(min_length=1)]
    correct_answer: Annotated[str, Field(pattern=r"^\([a-d]\)$")]
    all_options: str
    shared_context_id: Annotated[str, Field(min_length=1)]
    end_index_in_shared_context: Annotated[int, Field(ge=0)]


class Message(Strict):
    """One message of a conversation, as the file has it."""

    role: Annotated[str, Field(pattern="^(system|user|assistant)$")]
    content: str


MESSAGES = TypeAdapter(list[Message])


def files(folder: Path, context: str) -> list[Path]:
    """The files that the questions are read from.

    Raises:
        Absent: they are not there.
    """
    return [find(folder, f"questions_{context}.csv")]


def read(folder: Path, context: str) -> list[Case]:
    """The questions of one context length, in the order of the file.

    Raises:
        BadInput: a file is missing or malformed; the message has file, row and reason.
    """
    [path] = files(folder, context)
    rows = csv_rows(path, Question)
    seen: dict[str, int] = {}
    cases = []
    for number, row in enumerate(rows, 1):
        if row.question_id in seen:
            raise BadInput(
                f"{path}, row {number}: question_id {row.question_id} is that of row "
                f"{seen[row.question_id]} too."
            )
        seen[row.question_id] = number
        cases.append(_case(row, path, number, context))
    return cases


def _case(row: Question, path: Path, number: int, context: str) -> Case:
    return Case(
        Benchmark.PERSONAMEM,
        id=row.question_id,
        context=context,
        persona=row.persona_id,
        group=row.question_type,
        task=row.topic,
        half="",
        row=f"{path.name}:{number}",
        cluster=row.persona_id,
        question=row.user_question_or_message,
        options=_options(row.all_options, path, number),
        gold=row.correct_answer[1],
        history=HistoryRef(
            path.parent / f"shared_contexts_{context}.jsonl",
            row.shared_context_id,
            row.end_index_in_shared_context,
        ),
    )


def _options(written: str, path: Path, number: int) -> dict[str, str]:
    """Letter to text: the column is a list literal of `(a) text`, `(b) text` and so on."""
    where = f"{path}, row {number}: all_options"
    try:
        listed = ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise BadInput(f"{where} is not a list of texts.") from error
    if not isinstance(listed, list) or len(listed) != len(LETTERS):
        raise BadInput(f"{where} is not a list of {len(LETTERS)} texts.")
    options = {}
    for letter, text in zip(LETTERS, listed, strict=True):
        found = re.fullmatch(r"\(([a-d])\)\s*(.*)", str(text), re.DOTALL)
        if found is None or found[1] != letter:
            raise BadInput(f"{where}: the text at {letter!r} does not start with ({letter}).")
        options[letter] = found[2]
    return options


def messages(ref: HistoryRef) -> list[Message]:
    """The messages that come before a question.

    Raises:
        BadInput: the file or the conversation is missing or malformed, or is shorter than the
        question says.
    """
    path = ref.path
    if not path.is_file():
        raise BadInput(f"{path} is missing: it holds the conversations that questions are about.")
    with reading(path), path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if ref.key in line:
                held = parsed(line, f"{path}, line {number}")
                if isinstance(held, dict) and ref.key in held:
                    return _cut(held[ref.key], ref, number)
    raise BadInput(f"{path} has no conversation {ref.key}.")


def _cut(held: object, ref: HistoryRef, number: int) -> list[Message]:
    try:
        found = MESSAGES.validate_python(held)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadInput(f"{ref.path}, line {number}: {place}: {first['msg']}.") from error
    if ref.end is not None and ref.end > len(found):
        raise BadInput(
            f"{ref.path}, line {number}: a question wants {ref.end} messages of {len(found)}."
        )
    return found[: ref.end]
