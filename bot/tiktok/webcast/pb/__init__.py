"""Generated from proto/webcast.proto; regenerate with the command in proto/README.md, never edit."""
