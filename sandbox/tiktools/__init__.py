"""A TikTools on localhost: the hosted JSON feed, over the same world of creators and rooms as the stand-in for TikTok itself.

    from sandbox.tiktools.server import TikTools

- `server`    class TikTools: what the sandbox and the tests hold; its routes, accounts and faults
- `edge`      one websocket: roomInfo, then events; notices and closes
- `rest`      the documented HTTP answers about who is live
- `rest_more` the other documented HTTP answers: media, polling, signing, chat, figures, webhooks
- `answering` what they share, and how they fail
- `dialect`   a room's messages -> the edge's JSON, in the dialect of its clients or of its documents (pure)
- `closings`  close codes, their texts and the notices before them, as they were seen
- `limits`    what an account may do

Official clients live in here too, when they are told that the endpoint is `…/tiktools`. What a client does wrong (it sends
anything) is a line in `TikTools.violations`.
"""
