"""Refusals, in Discord's words."""

from __future__ import annotations

from sandbox.discord.errors import invalid_form, refusal


def test_a_refusal_has_discords_status_and_code() -> None:
    refused = refusal(50013)
    assert (refused.status, refused.body) == (403, {"message": "Missing Permissions", "code": 50013})


def test_a_refusal_may_say_how_long_to_wait() -> None:
    assert refusal(30046, retry_after_s=5.5).body["retry_after"] == 5.5


def test_wrong_fields_make_a_tree() -> None:
    refused = invalid_form([(("embeds", 0, "title"), "A", "long"), (("embeds", 0, "title"), "B", "bad"), ((), "C", "all")])
    assert refused.body["errors"] == {
        "embeds": {"0": {"title": {"_errors": [{"code": "A", "message": "long"}, {"code": "B", "message": "bad"}]}}},
        "_errors": [{"code": "C", "message": "all"}],
    }
