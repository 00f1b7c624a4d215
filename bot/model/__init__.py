"""VOCABULARY: what we keep. Frozen values; rows and Discord objects stay elsewhere. Pure."""
