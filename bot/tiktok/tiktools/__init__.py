"""The hosted JSON feed of tik.tools: decoding (pure), close codes (pure), one session (pure), the websocket (I/O)."""
