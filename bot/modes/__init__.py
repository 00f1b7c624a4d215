"""PROCESS MODES: the only modules that build things."""
