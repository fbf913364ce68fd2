"""What English words are in Chinese, from a dictionary: so that English questions share words with the articles."""
