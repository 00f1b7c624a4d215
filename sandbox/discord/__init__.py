"""A Discord on localhost: REST v10, gateway, interactions, permissions, rate limits, and faults on demand.

    from sandbox.discord.server import Discord

An unmodified discord.py runs on it. It answers as Discord does, refuses what Discord refuses, and writes down what no
correct bot does (`Discord.violations`). It imports nothing of the bot.

- `server`            class Discord: what the sandbox, the page and the tests hold
- `world`             guilds, channels, members, roles, messages, and the one stream of `Change`s
- `permissions`, `mentions`, `limits`, `validate`, `validate_commands`   pure rules
- `values`            what the world is made of that refers to nothing else
- `components`, `validate_components`   buttons, menus and forms: what people do with them, which ones are taken
- `files`             what was uploaded, served under /attachments
- `payloads`          world -> Discord's JSON
- `interactions`      one use of a command: its options, its three seconds, its answers
- `commands`          what the bot has registered
- `rest` + `rest_*`   the pipeline every request passes, and the routes
- `gateway`           the websocket: identify, resume, dispatch
- `faults`            what goes wrong next
"""
