"""What can go wrong in an evaluation. A question that is answered wrongly is no error: it is a score."""


class EvaluationError(Exception):
    """One clear line for the person at the terminal: what, where, what to do next.

    `kind` says what went wrong to a program that tells it in other words: of a file of questions `no_question`,
    `encoding`, `column`, `sheet`, `unsound`, `too_large` or `too_many`; of any file that is written `disk`. Empty for
    all else.
    """

    def __init__(self, line: str, *, kind: str = "") -> None:
        self.kind = kind
        super().__init__(line)
