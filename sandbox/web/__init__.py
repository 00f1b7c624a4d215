"""The sandbox's page: the demo guild as Discord would show it, in a browser, with nothing fetched from elsewhere.

- `backend`   class Page: the routes; the whole state, then one change after another as server-sent events
- `actions`   what the person does: commands, controls, forms, files
- `saying`    a line in a LIVE's chat, typed as a viewer
- `wire`      the sandbox's world -> the page's JSON (pure)
- `static/`   the page itself, hand-written modules without a build step:
              `app` (what is known, the layout) > `message_list` > `messages` > `markdown_view` > `markdown` (pure);
              `controls` (buttons and menus of a message), `form` (what a bot asks to be filled in);
              `composer` (the command box) > `command` (pure); `saying` (a viewer's line);
              `backend` (its network), `dom` (makes every element)

Content reaches the document as text nodes only; the Content-Security-Policy forbids whatever would slip through.
"""
