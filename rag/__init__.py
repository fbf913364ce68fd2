"""From a question to a cited answer. Knows nothing of the screen or of question sets."""
