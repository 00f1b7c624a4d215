"""A TikTok on localhost that speaks the Webcast protocol, with TikTok's own faults.

    from sandbox.tiktok.server import TikTok

- `server`      class TikTok: what the sandbox and the tests hold; its routes
- `world`       creators, rooms and what can happen in a room: `room.chat(viewer, "hello")`
- `viewer`, `gifts`, `battle`, `messages`   the values a room speaks of, and their bytes on the wire (pure)
- `pages`       HTTP: live page, room API, check_alive, room info, gift list
- `signing`     the sign server: signed fetches, valid once and for 30 s
- `handshake`   who may open the push socket (pure)
- `wire`        how frames leave a push socket: whole, slowly, or not at all
- `push`        one push socket: batches out; enter room, heartbeats and acks in, each checked
- `frames`      push frames <-> bytes (pure)
- `faults`      what goes wrong next
- `capture`     a captured room, played back byte for byte
- `clock`       real time, at any speed for scenarios
- `pb`          generated from proto/webcast.proto under the sandbox's own package name

Everything a client does wrong (a wrong ack, a ping, a heartbeat out of order) is a line in `TikTok.violations`.
"""
