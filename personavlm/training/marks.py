"""Chat templates with marks around what the assistant says: that is what the loss is taken on.

transformers turns `{% generation %}` marks into a mask of tokens. Few templates have them; trl
knows marked versions of many, Qwen2.5-VL's among them. Others of the ChatML family are written
here. A marked template must give the very text that the model's own does, which is checked on each
conversation.
"""

from __future__ import annotations

from typing import Any

from personavlm.errors import WeightsError

# ChatML: {prologue} is what stands before the first turn where there is no system message.
_CHATML = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}{{ PROLOGUE }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ TEXT }}{{ '<|im_end|>\\n' }}{% endgeneration %}"
    "{% elif message['content'] is string %}{{ message['content'] + '<|im_end|>\\n' }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{{ '<|im_end|>\\n' }}{% endif %}"
    "{% endfor %}"
)
_TEXT = (
    "message['content'] if message['content'] is string "
    "else message['content'] | map(attribute='text') | join"
)


def marked_template(tokenizer: Any) -> str:
    """The tokenizer's chat template, with marks.

    Raises:
        WeightsError: there is no template, or it is of a family that cannot be marked.
    """
    from trl.chat_template_utils import get_training_chat_template

    if not isinstance(tokenizer.chat_template, str):
        raise WeightsError("The model has no chat template, so it is not made for conversations.")
    try:
        return str(get_training_chat_template(tokenizer) or tokenizer.chat_template)
    except ValueError:  # none that trl knows
        return _chatml(tokenizer)


def _chatml(tokenizer: Any) -> str:
    turn = "<|im_start|>user\n.<|im_end|>\n"
    rendered = tokenizer.apply_chat_template([{"role": "user", "content": "."}], tokenize=False)
    if not rendered.endswith(turn):
        raise WeightsError(
            "The model's chat template cannot be trained: the replies in it have no "
            "{% generation %} marks, and neither trl nor PersonaVLM knows where they go."
        )
    prologue = repr(rendered.removesuffix(turn))
    return _CHATML.replace("PROLOGUE", prologue).replace("TEXT", _TEXT)
