"""What holds for every test: on a shared machine an example may take any time, so Hypothesis sets none a limit."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
