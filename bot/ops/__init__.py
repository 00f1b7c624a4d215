"""How the operator's own tools see the process: figures, health, and the small HTTP server that tells both."""
