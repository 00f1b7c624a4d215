"""How commands look and who may use them; shared by all cogs."""
