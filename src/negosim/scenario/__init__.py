"""Scenario folders: what a TOML file may say, and how it becomes a problem. The only package that reads TOML."""
