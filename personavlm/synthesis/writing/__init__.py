"""People written by a model behind OpenAI's chat protocol, piece by piece.

Code decides what has to be true by construction: traits and how they drift, when somebody talks,
which task each thread of their life is to serve, which turn tells what, which picture comes with
it, and where the right option stands. The model fills in small JSON pieces, one at a time. Each
reply is kept as it came, so whoever was begun is gone on with where it stopped.
"""
