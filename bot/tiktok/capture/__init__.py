"""Captured payloads: read from a file, decoded line by line."""
