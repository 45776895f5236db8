"""What Slack refuses in blocks and views: wrong types, too much text, too many parts.

The limits are those of Slack's reference of Block Kit (docs.slack.dev/reference/block-kit); that
of a whole message is not documented and was reported by others (slackapi/bolt-js issue 2509).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
MOST_IN_MESSAGE, MOST_IN_VIEW = 50, 100  # blocks
LONGEST_BLOCKS = 13_200  # characters of JSON in one message
SECTION, FIELD, HEADER, BUTTON, TITLE = 3_000, 2_000, 150, 75, 24
BLOCKS = {
    "section": {"text", "fields", "accessory", "expand"},
    "header": {"text"},
    "divider": set(),
    "context": {"elements"},
    "actions": {"elements"},
    "image": {"image_url", "alt_text", "title"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
    "rich_text": {"elements"},
}
ELEMENTS = {
    "button": {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "overflow": {"options", "confirm"},
    "static_select": {"placeholder", "options", "initial_option", "confirm", "focus_on_load"},
    "users_select": {"placeholder", "initial_user", "confirm", "focus_on_load"},
    "datepicker": {"placeholder", "initial_date", "confirm", "focus_on_load"},
    "radio_buttons": {"options", "initial_option", "confirm", "focus_on_load"},
    "checkboxes": {"options", "initial_options", "confirm", "focus_on_load"},
    "plain_text_input": {
        "placeholder", "initial_value", "multiline", "min_length", "max_length",
        "dispatch_action_config", "focus_on_load",
    },
}  # fmt: skip
PRESSED = set(ELEMENTS) - {"plain_text_input"}
TYPED = {*ELEMENTS} - {"button", "overflow"}
VIEW = {
    "type", "title", "blocks", "submit", "close", "private_metadata", "callback_id",
    "clear_on_close", "notify_on_close", "external_id",
}  # fmt: skip
MOST_OPTIONS = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10, "static_select": 100}
Problems = Iterator[str]


def message_problems(blocks: Any) -> list[str]:
    """Why Slack would answer invalid_blocks to a message; [] when it would not."""
    return list(_all_blocks(blocks, MOST_IN_MESSAGE))


def are_too_long(blocks: Any) -> bool:
    """Whether Slack would answer msg_blocks_too_long."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) > LONGEST_BLOCKS


def view_problems(view: Any) -> list[str]:
    """Why Slack would refuse to open the modal; [] when it would not."""
    return list(_view(view))


def _view(view: Any) -> Problems:
    if not isinstance(view, dict) or view.get("type") != "modal":
        yield _at("must be a modal", "/view")
        return
    yield from _unknown(view, VIEW, "/view")
    for name in ("title", "submit", "close"):
        if name == "title" or name in view:
            yield from _plain(view.get(name), TITLE, f"/view/{name}")
    for name, most in (("private_metadata", 3_000), ("callback_id", 255)):
        if len(view.get(name, "")) > most:
            yield _at(f"must be less than {most + 1} characters", f"/view/{name}")
    yield from _all_blocks(view.get("blocks"), MOST_IN_VIEW, "/view")
    if "submit" not in view and any(b.get("type") == "input" for b in view.get("blocks") or []):
        yield _at("missing required field: submit", "/view")


def _all_blocks(blocks: Any, most: int, where: str = "") -> Problems:
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        yield _at("must be an array of blocks", f"{where}/blocks")
        return
    if len(blocks) > most:
        yield _at(f"no more than {most} items allowed", f"{where}/blocks")
    for n, block in enumerate(blocks):
        yield from _block(block, f"{where}/blocks/{n}")
    for name, times in Counter(b["block_id"] for b in blocks if "block_id" in b).items():
        if times > 1:
            yield _at(f"block_id {name} already exists", f"{where}/blocks")


def _block(block: Json, where: str) -> Problems:
    kind = block.get("type")
    if kind not in BLOCKS:
        yield _at(f"unsupported type: {kind}", f"{where}/type")
        return
    yield from _unknown(block, BLOCKS[kind] | {"type", "block_id"}, where)
    if len(block.get("block_id", "")) > 255:
        yield _at("must be less than 256 characters", f"{where}/block_id")
    yield from {"section": _section, "header": _header, "context": _context,
                "actions": _actions, "input": _input, "image": _image,
                }.get(kind, _nothing)(block, where)  # fmt: skip


def _nothing(_block: Json, _where: str) -> Problems:
    yield from ()


def _section(block: Json, where: str) -> Problems:
    if "text" not in block and "fields" not in block:
        yield _at("missing required field: text or fields", where)
    if "text" in block:
        yield from _text(block["text"], SECTION, f"{where}/text")
    if "fields" in block:
        yield from _count(block["fields"], 10, f"{where}/fields")
        for n, field in enumerate(block["fields"]):
            yield from _text(field, FIELD, f"{where}/fields/{n}")
    if "accessory" in block:
        yield from _element(block["accessory"], PRESSED | {"image"}, f"{where}/accessory")


def _header(block: Json, where: str) -> Problems:
    yield from _plain(block.get("text"), HEADER, f"{where}/text")


def _context(block: Json, where: str) -> Problems:
    yield from _count(block.get("elements"), 10, f"{where}/elements")
    for n, element in enumerate(block.get("elements") or []):
        if element.get("type") == "image":
            yield from _image(element, f"{where}/elements/{n}")
        else:
            yield from _text(element, SECTION, f"{where}/elements/{n}")


def _actions(block: Json, where: str) -> Problems:
    elements = block.get("elements")
    yield from _count(elements, 25, f"{where}/elements")
    for n, element in enumerate(elements or []):
        yield from _element(element, PRESSED, f"{where}/elements/{n}")
    for name, times in Counter(e.get("action_id") for e in elements or []).items():
        if name and times > 1:
            yield _at(f"action_id {name} already exists", f"{where}/elements")


def _input(block: Json, where: str) -> Problems:
    yield from _plain(block.get("label"), FIELD, f"{where}/label")
    if "hint" in block:
        yield from _plain(block["hint"], FIELD, f"{where}/hint")
    yield from _element(block.get("element"), TYPED, f"{where}/element")


def _image(block: Json, where: str) -> Problems:
    for name, most in (("image_url", 3_000), ("alt_text", 2_000)):
        if not 0 < len(block.get(name, "")) <= most:
            yield _at(f"must have 1 to {most} characters", f"{where}/{name}")


def _element(element: Any, allowed: set[str], where: str) -> Problems:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in allowed:
        yield _at(f"unsupported type: {kind}", where)
        return
    if kind == "image":
        yield from _image(element, where)
        return
    yield from _unknown(element, ELEMENTS[kind] | {"type", "action_id"}, where)
    if len(element.get("action_id", "")) > 255:
        yield _at("must be less than 256 characters", f"{where}/action_id")
    if "placeholder" in element:
        yield from _plain(element["placeholder"], 150, f"{where}/placeholder")
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{where}/confirm")
    if kind == "button":
        yield from _button(element, where)
    if kind in MOST_OPTIONS:
        yield from _options(element, MOST_OPTIONS[kind], where)
    if kind == "plain_text_input":
        yield from _typed(element, where)


def _button(button: Json, where: str) -> Problems:
    yield from _plain(button.get("text"), BUTTON, f"{where}/text")
    for name, most in (("value", 2_000), ("url", 3_000), ("accessibility_label", 75)):
        if len(button.get(name, "")) > most:
            yield _at(f"must be less than {most + 1} characters", f"{where}/{name}")
    if button.get("style", "primary") not in ("primary", "danger"):
        yield _at("must be one of primary, danger", f"{where}/style")


def _options(element: Json, most: int, where: str) -> Problems:
    options = element.get("options")
    yield from _count(options, most, f"{where}/options")
    for n, option in enumerate(options or []):
        yield from _unknown(option, {"text", "value", "description", "url"}, f"{where}/options/{n}")
        yield from _text(option.get("text"), BUTTON, f"{where}/options/{n}/text")
        if not 0 < len(option.get("value", "")) <= 150:
            yield _at("must have 1 to 150 characters", f"{where}/options/{n}/value")
    if "initial_option" in element and element["initial_option"] not in (options or []):
        yield _at("must be one of the options", f"{where}/initial_option")


def _typed(element: Json, where: str) -> Problems:
    most = element.get("max_length", 3_000)
    if not 1 <= most <= 3_000:
        yield _at("must be from 1 to 3000", f"{where}/max_length")
    if len(element.get("initial_value", "")) > most:
        yield _at(f"must be less than {most + 1} characters", f"{where}/initial_value")


def _confirm(confirm: Any, where: str) -> Problems:
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _text(confirm.get(name), most, f"{where}/{name}")


def _plain(text: Any, most: int, where: str) -> Problems:
    if isinstance(text, dict) and text.get("type") == "mrkdwn":
        yield _at("must be plain_text", where)
        return
    yield from _text(text, most, where)


def _text(text: Any, most: int, where: str) -> Problems:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        yield _at("must be a text object", where)
        return
    extra = {"emoji"} if text["type"] == "plain_text" else {"verbatim"}
    yield from _unknown(text, {"type", "text"} | extra, where)
    words = text.get("text")
    if not isinstance(words, str) or not words:
        yield _at("must be more than 0 characters", f"{where}/text")
    elif len(words) > most:
        yield _at(f"must be less than {most + 1} characters", f"{where}/text")


def _count(parts: Any, most: int, where: str) -> Problems:
    if not isinstance(parts, list) or not parts:
        yield _at("no less than 1 items allowed", where)
    elif len(parts) > most:
        yield _at(f"no more than {most} items allowed", where)


def _unknown(part: Json, known: set[str], where: str) -> Problems:
    for name in part:
        if name not in known:
            yield _at(f"invalid additional property: {name}", where)


def _at(problem: str, where: str) -> str:
    return f"{problem} [json-pointer:{where}]"
