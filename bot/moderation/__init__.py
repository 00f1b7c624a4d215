"""DELETIONS AND WHAT THEY REMOVED: comments kept for look-up, removals marked."""
