"""Made-up people for training and testing: their months of talk, and what is to be learnt from it.

What writes the people (`writer.Writer`) is apart from the rules that check them (`filters`) and
from the files they end up in (`formats`). The writer that is here is a simulator: it fills
templates, needs no model, and whatever it writes says so (`"source": "simulator"`).
"""
