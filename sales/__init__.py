"""The core of the assistant: catalog, advice, leads. Knows nothing of Rasa or HTTP."""
