"""LINES -> DISCORD, within its limits, nothing lost and nothing twice."""
