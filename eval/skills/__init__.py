"""How well a model plays its part: on made-up people, whose truth is known by construction."""
