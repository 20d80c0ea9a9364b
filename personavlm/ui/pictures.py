"""Pictures on the page travel inside it, as data: addresses.

Served as files they would lie in Gradio's cache, readable by whoever has the address and still
there after the person asked to forget them.
"""

from __future__ import annotations

import base64
import io

import PIL.Image

from personavlm.records import Image

NAME_IT = "Name something in it"


def data_uri(image: Image, side: int = 512) -> str:
    """A stored picture as an address that contains it, at most `side` pixels wide and high.

    Empty where the file is gone: the page says so instead of failing.
    """
    buffer = io.BytesIO()
    try:
        with PIL.Image.open(image.path) as picture:
            picture.thumbnail((side, side))
            picture.convert("RGB").save(buffer, "JPEG", quality=80)
    except OSError:
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def img_tag(image: Image, alt: str, side: int = 512) -> str:
    """`alt` is ours, or already escaped."""
    address = data_uri(image, side)
    if not address:
        return '<em class="pv-gone">(this picture is no longer there)</em>'
    return f'<img class="pv-picture" src="{address}" alt="{alt}">'


def nameable(image: Image, alt: str, side: int = 512) -> str:
    """The same, with a button to name something in it where the picture is one of memory's."""
    tag = img_tag(image, alt, side)
    if not image.hash or not tag.startswith("<img"):
        return tag
    return f'<span class="pv-shot">{tag}{name_button(image)}</span>'


def name_button(image: Image) -> str:
    """What `NAMING_JS` listens to. `value` is the one attribute for data that the chat lets by."""
    return f'<button type="button" class="pv-name-it" value="{image.hash}">{NAME_IT}</button>'
