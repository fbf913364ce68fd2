"""What can go wrong on the way from a question to an answer. A refusal is no error: it is an Answer.

AssistantError        one clear line: what, where, what to do next
├── SettingsError     a setting that cannot work
├── IndexUnusable      the index cannot be used
│   ├── IndexMissing  it has not been built
│   ├── IndexForeign  it was built with another model, other settings or another version
│   ├── IndexDamaged  its files do not hold what its manifest says
│   └── IndexBusy     another ingest is writing it
└── ModelUnavailable  the embedding or chat model cannot be loaded or reached
"""

BUILD_AGAIN = "Build it again with: python -m rag ingest"
"""What to do about an index that cannot be used as it is."""


class AssistantError(Exception):
    """A clear line for the person at the terminal: what, where, what to do next."""


class SettingsError(AssistantError):
    """A setting that cannot work."""


class IndexUnusable(AssistantError):
    """The index cannot be used."""


class IndexMissing(IndexUnusable):
    """It has not been built."""


class IndexForeign(IndexUnusable):
    """It was built with another model, other settings or another version."""


class IndexDamaged(IndexUnusable):
    """Its files do not hold what its manifest says."""


class IndexBusy(IndexUnusable):
    """Another ingest is writing it."""


class ModelUnavailable(AssistantError):
    """The embedding or chat model cannot be loaded or reached."""
