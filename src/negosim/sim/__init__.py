"""The talks as a Mesa model. The only package that imports mesa."""
