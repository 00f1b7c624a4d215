"""THE ONLY PACKAGE THAT SPEAKS SQL; rows never leave it, values do."""
