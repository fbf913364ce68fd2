"""The HTTP API: questions from widgets and servers in, cited answers out. Knows nothing of Gradio."""
