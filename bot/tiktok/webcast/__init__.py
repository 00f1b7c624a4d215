"""Native Webcast: frames and connection (sans-I/O), decode (pure); rooms, signing, socket (I/O); `pb` is generated."""
