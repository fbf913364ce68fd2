"""What can go wrong in an evaluation. A question that is answered wrongly is no error: it is a score."""


class EvaluationError(Exception):
    """One clear line for the person at the terminal: what, where, what to do next."""
