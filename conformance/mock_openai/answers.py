"""What the mock model says, before it is put into the words of one endpoint.

By default it says a variation of the text it was given: a generator's rows then differ from its inputs and still look
like them. Asked three times for the same, it gives three different answers, and the same three in every run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.mock_openai import shapes, tokens, wire
from conformance.mock_openai.dice import Dice
from conformance.mock_openai.variation import payload, vary


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the model may call; ``custom`` tools take plain text instead of arguments."""

    name: str
    parameters: Mapping[str, Any]
    custom: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool; ``arguments`` is JSON text (plain text for a custom tool)."""

    id: str
    name: str
    arguments: str
    custom: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """What an endpoint was asked, in no endpoint's words.

    ``prompt`` is the last thing the user said, ``setting`` everything else that was said. ``choice`` is ``none``,
    ``auto`` or ``required``; ``forced`` names the tool that must be called. ``answered`` is true when the conversation
    ends with a tool's result: the model then speaks instead of calling again.
    """

    prompt: str
    setting: str = ""
    prompt_tokens: int = 0
    limit: int | None = None
    stop: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    forced: str = ""
    parallel: bool | None = None
    answered: bool = False
    schema: Mapping[str, Any] | None = None
    json_object: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model says: text, tool calls or a refusal. ``finish`` is a finish_reason of chat completions."""

    text: str | None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    finish: str = "stop"

    @property
    def tokens(self) -> int:
        """How many tokens it costs."""
        said = tokens.count(self.text) if self.text else 0
        if self.refusal:
            said += tokens.count(self.refusal)
        for call in self.tool_calls:
            said += tokens.count(call.name) + tokens.count(call.arguments)
        return said


def compose(ask: Ask, dice: Dice) -> Turn:
    """The turn that the model takes, limits and stop sequences not yet applied."""
    if ask.forced or (ask.tools and ask.choice != "none" and not ask.answered):
        return Turn(None, tool_calls=_calls(ask, dice), finish="tool_calls")
    return Turn(_text(ask, dice))


def _text(ask: Ask, dice: Dice) -> str:
    if ask.schema is not None:
        return _json_text(_structured(ask.schema, dice, payload(ask.prompt)))
    if ask.json_object:
        wanted = shapes.wanted_json(ask.prompt, ask.setting, dice)
        return _json_text(wanted if isinstance(wanted, dict) else {"answer": vary(payload(ask.prompt), dice)})
    return shapes.wanted_text(ask.prompt, ask.setting, dice) or vary(payload(ask.prompt), dice)


def _structured(schema: Mapping[str, Any], dice: Dice, about: str) -> Any:
    from conformance.mock_openai import structured  # most servers never need it

    return structured.generate(schema, dice, about)


def _json_text(value: Any) -> str:
    return wire.dumps(value).decode()


def _calls(ask: Ask, dice: Dice) -> tuple[ToolCall, ...]:
    if ask.forced:
        chosen = [tool for tool in ask.tools if tool.name == ask.forced][:1]
    elif ask.parallel is False:
        chosen = [dice.pick(ask.tools)]
    elif len(ask.tools) == 1:
        chosen = list(ask.tools) * (2 if ask.parallel else 1)
    else:
        chosen = list(ask.tools[:2])
    return tuple(_call(tool, ask, dice.child(f"call {at}")) for at, tool in enumerate(chosen))


def _call(tool: Tool, ask: Ask, dice: Dice) -> ToolCall:
    said = payload(ask.prompt)
    arguments = vary(said, dice) if tool.custom else _json_text(_structured(tool.parameters, dice, said))
    return ToolCall(f"call_{dice.hex(24)}", tool.name, arguments, tool.custom)


def limit(turn: Turn, ask: Ask) -> Turn:
    """The turn as the client's ``stop`` and token limit leave it."""
    if turn.text is None:
        return turn
    text, finish = turn.text, turn.finish
    if ask.stop:
        ends = [at for at in (text.find(word) for word in ask.stop if word) if at >= 0]
        text = text[: min(ends)] if ends else text
    if ask.limit is not None:
        within = tokens.first(text, ask.limit)
        if within != text:
            text, finish = within, "length"
    return turn if text is turn.text else replace(turn, text=text, finish=finish)


_SPACE = re.compile(r"\s+")


def one_line(text: str, most: int = 200) -> str:
    """A text on one line, shortened."""
    return _SPACE.sub(" ", text).strip()[:most]
