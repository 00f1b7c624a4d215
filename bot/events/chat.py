"""What viewers write."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event, User


class Emote(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A picture inside a comment. `index` is its place in the text."""

    emote_id: str = ""
    image_url: str = ""
    index: int = 0


class CommentEvent(Event, frozen=True, gc=False, array_like=True, tag="chat"):
    """A comment (`WebcastChatMessage`).

    `visible_to_sender`: TikTok shows it to its author only; it is never relayed. `is_history`: replayed backlog after a
    connect. `message_uuid`: the edge's id for the same comment, which its deletions name.
    """

    type: ClassVar[str] = "chat"
    text: str = ""
    language: str = ""
    emotes: tuple[Emote, ...] = ()
    mentions: tuple[User, ...] = ()
    is_history: bool = False
    message_uuid: str = ""
    visible_to_sender: bool = False
    starred: bool = False


class EmoteEvent(Event, frozen=True, gc=False, array_like=True, tag="emoteChat"):
    """A comment that is only emotes (`WebcastEmoteChatMessage`)."""

    type: ClassVar[str] = "emoteChat"
    emotes: tuple[Emote, ...] = ()
    is_history: bool = False


class QuestionEvent(Event, frozen=True, gc=False, array_like=True, tag="question"):
    """A question put to the creator (`WebcastQuestionNewMessage`). The asker is `user`."""

    type: ClassVar[str] = "question"
    question_id: str = ""
    text: str = ""


class Caption(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One language's version of a spoken sentence."""

    language: str = ""
    text: str = ""


class CaptionEvent(Event, frozen=True, gc=False, array_like=True, tag="caption"):
    """TikTok's own transcription of the creator's speech (`WebcastCaptionMessage`). `final`: the sentence will not change."""

    type: ClassVar[str] = "caption"
    captions: tuple[Caption, ...] = ()
    sentence_id: str = ""
    sequence_id: int = 0
    duration_ms: int = 0
    final: bool = False


class QuestionSelectedEvent(Event, frozen=True, gc=False, array_like=True, tag="questionSelected"):
    """The creator answers this question now (`WebcastQuestionSelectedMessage`). The asker is `user`."""

    type: ClassVar[str] = "questionSelected"
    question_id: str = ""
    text: str = ""


class QuestionClosedEvent(Event, frozen=True, gc=False, array_like=True, tag="questionSlideDown"):
    """The answer to a question is over (`WebcastQuestionSlideDownMessage`)."""

    type: ClassVar[str] = "questionSlideDown"
    question_id: str = ""


class QuestionDeletedEvent(Event, frozen=True, gc=False, array_like=True, tag="questionDelete"):
    """A question was removed (`WebcastQuestionDeleteMessage`). `user_id` is the second id in it, most likely the asker's."""

    type: ClassVar[str] = "questionDelete"
    question_id: str = ""
    user_id: str = ""


class QuestionSwitchEvent(Event, frozen=True, gc=False, array_like=True, tag="questionSwitch"):
    """Questions were switched on or off (`WebcastQuestionSwitchMessage`)."""

    type: ClassVar[str] = "questionSwitch"
    on: bool = False


class CommentTrayEvent(Event, frozen=True, gc=False, array_like=True, tag="commentTray"):
    """A tray of comments changed (`WebcastCommentTrayMessage`; document only).

    `commented_at_ms` is TikTok's clock. The edge names the comment by `related_message_id`.
    """

    type: ClassVar[str] = "commentTray"
    text: str = ""
    content_type: int = 0
    count: int = 0
    commented_at_ms: int = 0
    tray_id: str = ""
    related_message_id: str = ""
