"""Made-up people for training and testing: their months of talk, and what is to be learnt from it.

What writes the people (`writer.Writer`) is apart from what checks them (`filters`, `checking`) and
from the files they end up in (`formats`). There are two writers: a simulator, which fills templates
and needs no model, and one that asks a model (`writing`). Whatever they write says whose it is
(`"source": "simulator"`, or the model's name).
"""
