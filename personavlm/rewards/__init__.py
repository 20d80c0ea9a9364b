"""What a reply is worth: pure functions that training rewards with and the evaluation scores with.

Light to import; only the judge asks a model, and only when it is told to.
"""
