"""Figures of a finished negotiation: they draw its tables and never run a model."""
