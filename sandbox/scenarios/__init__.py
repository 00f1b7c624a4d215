"""Seeded scripts that make rooms live. Read them like screenplays.

A scene is a generator: it does things (`room.chat(mia, "hello")`) and yields the seconds until it goes on. So it needs no
clock and no server, the same seed gives the same show, and whoever plays it chooses the speed.

- `stage`       Scene, Stage: creators, chance, and how scenes are put together
- `cast`        viewers and what they say, hostile things included
- `demo`        alice and bob: chat, gifts, a PK, a spammer; for ever
- `quiet`       a small room, mostly silence
- `storm`       a hot room, 50 messages a second
- `goes_live_later`   alice is offline, then live, then offline again
- `moderating`  one story each: a comment removed, a mute, a removal before its line, a wave of spam, something to
                reveal, somebody who wants to be forgotten
- `playing`     the names for the command line, what is typed first, and the one function that waits
"""
