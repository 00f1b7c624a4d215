"""Viewers, and what they say. Values only."""

from __future__ import annotations

from sandbox.tiktok.viewer import Viewer

MIA = Viewer("mia.paints", "Mia 🎨", is_follower=True, fan_level=7)
LEO = Viewer("leo_04", "Leo", gifter_level=12)
YUKI = Viewer("yuki.jp", "ゆき", is_subscriber=True, is_follower=True, fan_level=21)
OMAR = Viewer("omar.k", "عمر", gifter_level=3)
ANA = Viewer("ana_lucia", "Ana Lúcia 🇧🇷", is_friend=True)
DEV = Viewer("dev.r", "देव")
ZOE = Viewer("zoe_mod", "zoe (mod)", is_moderator=True, is_follower=True)
TOM = Viewer("tom1987", "Tom *the* _Bomb_")
KIM = Viewer("kim.minji", "김민지", gifter_level=27, fan_level=14)
IDA = Viewer("ida.b", "Ida")

REGULARS = (MIA, LEO, YUKI, OMAR, ANA, DEV, ZOE, TOM, KIM, IDA)

SPAMMER = Viewer("free_coins_4u", "💰 FREE COINS 💰")
TROLL = Viewer("troll.exe", "@everyone **Admin**")
RUDE = Viewer("grumpy.gus", "Gus")
NORA = Viewer("nora.k", "Nora")
"""Who may ask to be forgotten: the page types as her unless another handle is given."""
WAVE = tuple(Viewer(f"fresh_{number:02}", f"fresh {number}") for number in range(12))
"""Twelve accounts that are one."""
EVERYBODY = {each.handle: each for each in (*REGULARS, SPAMMER, TROLL, RUDE, NORA, *WAVE)}


def known_as(handle: str) -> Viewer:
    """Who has this handle here; somebody new if nobody has."""
    return EVERYBODY.get(handle) or Viewer(handle)


GREETINGS = (
    ("hello from Lisbon!", "en"),
    ("こんにちは〜", "ja"),
    ("oi gente, cheguei 😍", "pt"),
    ("السلام عليكم", "ar"),
    ("नमस्ते", "hi"),
    ("안녕하세요!!", "ko"),
    ("guten Abend zusammen", "de"),
    ("bonsoir ❤️", "fr"),
)

SMALL_TALK = (
    *GREETINGS,
    ("love the blue", "en"),
    ("what brush is that?", "en"),
    ("😂😂😂", ""),
    ("I was here yesterday too", "en"),
    ("¿de dónde eres?", "es"),
    ("que lindo isso", "pt"),
    ("すごい!", "ja"),
    ("how long have you been painting?", "en"),
    ("привет всем", "ru"),
    ("can you say hi to my sister", "en"),
    ("W", "en"),
    ("first time here, this is so calm", "en"),
    ("👏👏👏👏", ""),
    ("ne güzel oldu", "tr"),
    ("wait, is that watercolour?", "en"),
    ("lol", "en"),
    ("sleep is for tomorrow", "en"),
    ("更多蓝色!", "zh"),
    ("the cat in the back 🐈", "en"),
    ("who else is eating dinner", "en"),
)

HOSTILE = (
    "@everyone free stuff, @here too",
    "```\nis this a code block now\n```",
    "[free diamonds](https://evil.example/login)",
    "line one\nline two\n\n\nline five",
    "\u202eevil ma I \u202c and back again",
    "<@123456789012345678> <@&123456789012345678> <#123456789012345678> </watch:1>",
    "||hidden|| **bold** __under__ ~~gone~~ `code` \\*escaped\\*",
    "# heading\n> quote\n- list\n-# small",
    "https://evil.example/watch?x=1 and discord.gg/evil",
    "Z̷̨͇̈a̸͉̅l̵̰̎g̶̣͐o̷͕̊ \u200b\u200b\u200b invisible",
    "<script>alert(1)</script></script>",
)

SPAM = (
    "FREE COINS 👉 coins.evil.example",
    "get 10000 FREE COINS now!!! coins.evil.example",
    "last chance, DM me for FREE COINS",
)

BATTLE_CRIES = (
    ("GO ALICE", "en"),
    ("tap tap tap!!", "en"),
    ("vamos!!", "es"),
    ("頑張れ!", "ja"),
    ("we need roses", "en"),
    ("bob is catching up 😱", "en"),
    ("snipe at the end", "en"),
)
