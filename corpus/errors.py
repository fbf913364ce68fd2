"""What can go wrong on the way from a file to an article.

CorpusError            one clear line: what, where, what to do next
└── UnreadableArticle  a file that holds no article: empty, binary, too large, unreadable
"""


class CorpusError(Exception):
    """A clear line for the person at the terminal: what, where, what to do next."""


class UnreadableArticle(CorpusError):
    """This file or line holds no article. The rest of the folder is still read."""
