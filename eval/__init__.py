"""Question sets in, scores and reports out. The same Assistant, many questions."""
