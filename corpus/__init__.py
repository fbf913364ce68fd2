"""From files to clean articles and passages. Pure text: knows nothing of models, indexes or the web."""
