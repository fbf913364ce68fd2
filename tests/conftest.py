"""What holds for every test: on a shared machine an example may take any time, so Hypothesis sets none a limit.

Reading takes most of an answer's time. So answers come without the reader; a test of what it is for names it.
"""

import os

from hypothesis import settings

os.environ["WENJU_RERANKER"] = "none"
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
