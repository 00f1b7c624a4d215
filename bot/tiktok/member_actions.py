"""What the numbers of member messages mean, whichever source brings them. Values only."""

from __future__ import annotations

JOINS = frozenset({1, 46, 47})
"""Somebody entered."""

MEMBER_ACTIONS = {
    2: "left",
    3: "muted",
    4: "unmuted",
    5: "moderator_added",
    6: "moderator_removed",
    7: "kicked",
    8: "became_top_viewer",
    9: "muted_by_moderator",
    10: "unmuted_by_moderator",
    11: "kicked_out",
    17: "moderator_prompt_on",
    18: "moderator_prompt_off",
    20: "moderator_permissions_changed",
    21: "unblocked",
    22: "comments_on",
    23: "comments_off",
    24: "keyword_filter_changed",
    25: "keyword_filter_changed",
    26: "comment_pinned",
    28: "subscribers_only_on",
    30: "limited_chat_on",
    31: "limited_chat_off",
    32: "comment_flagging_on",
    33: "comment_flagging_off",
    34: "flagged_comment_review_on",
    35: "flagged_comment_review_off",
    36: "subscribers_preview_off",
    38: "name_frame_changed",
    39: "spam_filter_on",
    40: "spam_filter_off",
    41: "name_frame_removed",
    42: "name_frame_upgraded",
    43: "anonymous_comments_on",
    44: "anonymous_comments_off",
    48: "guardian",
}
"""Our words. 3 is "muted": older libraries guessed a subscription, the app's own code renders it as a mute."""
