"""The errors a person may see. Each message says what happened and what to do about it."""


class PersonaVLMError(Exception):
    """Base of all of ours; its text is fit to be shown on the page."""


class BadInput(PersonaVLMError):
    """Something that was passed in cannot be used."""


class BadImage(BadInput):
    """A picture cannot be read, is too small, or is too large."""


class TooLong(BadInput):
    """A prompt leaves the model no room to answer. `room` is in tokens, and may be below zero."""

    def __init__(self, prompt: int, limit: int) -> None:
        super().__init__(prompt, limit)  # the arguments, so that it can be pickled
        self.prompt = prompt
        self.limit = limit

    @property
    def room(self) -> int:
        return self.limit - self.prompt

    def __str__(self) -> str:
        return (
            f"This conversation is too long for the model: it comes to {self.prompt:,} tokens, and "
            f"at most {self.limit:,} fit with the reply. Send a shorter message or fewer pictures, "
            "or start a new session."
        )


class EngineUnavailable(PersonaVLMError):
    """The engine asked for cannot run here, or stopped in the middle of a reply."""


class WeightsError(PersonaVLMError):
    """Model weights are missing, damaged, or not of the expected architecture."""


class MemoryUnavailable(PersonaVLMError):
    """A person's memory cannot be opened or written: in use elsewhere, read-only, disk full."""


class MemoryCorrupt(PersonaVLMError):
    """A person's memory file is damaged; it has been moved aside, never overwritten."""
