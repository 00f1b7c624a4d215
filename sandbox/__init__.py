"""A TikTok and a Discord on 127.0.0.1, and a page to look at them: everything the bot needs, with no account anywhere.

    python -m sandbox --scenario demo

It imports nothing of the bot, so that each side checks the other: it validates what it is sent and answers as the real
services do, faults included. Beginning at the middle:

- `app`         `Sandbox`: one web application on one port that holds all parts; `async with Sandbox() as sandbox`
- `__main__`    the command line: starts a `Sandbox`, plays a scenario or a capture into it, prints the transcript
- `demo`        `make demo`: the sandbox and the bot as two processes
- `moderators`  ann, ben and you, their channel, and the story in which two of them act by themselves
- `transcript`  what a reader of the channels sees, as lines of text
- `tiktok`      pages, API, sign server and push socket, over a world of creators and rooms
- `tiktools`    the hosted JSON feed, over the same world
- `scenarios`   seeded scripts that make rooms live, to be read like screenplays
- `discord`     REST, gateway, commands, interactions, permissions, rate limits
- `web`         the page that shows the guild as Discord would
"""
