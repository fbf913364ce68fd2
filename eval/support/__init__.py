"""How well the support check tells supported sentences from altered ones."""
