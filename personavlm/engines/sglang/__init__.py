"""SGLang in a process and a Python environment of its own, spoken to over HTTP."""
