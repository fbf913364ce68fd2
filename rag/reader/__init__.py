"""The reader: one small model that looks at a question and a few sentences together.

It says whether they answer, and where the answer stands. `reading` runs it, `train` makes it, README.md is its card.
"""
