"""PER SUBSCRIPTION: which events a watch wants, and how they read."""
