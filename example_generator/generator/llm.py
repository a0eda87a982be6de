"""Augmentation by a language model: one chat completion per variation.

Every answer is checked. A request is tried again when that can help (connection errors, 408, 409, 429, 5xx,
unusable answers) and never when it cannot (400, 401, 403, 404, ...); attempts and time have an end. What is left
after that is an error, or with ``on_error: skip`` a variation that is left out and counted. Nothing is invented.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.errors import GeneratorError
from generator.limiter import Limiter
from generator.parameters import Parameters

if TYPE_CHECKING:
    from openai import AsyncOpenAI

ATTEMPTS = 5
DEADLINE_SECONDS = 60.0
"""The most that one variation may take in requests and pauses; waiting for its turn among others is not counted."""

_LONGEST_BACKOFF = 8.0
_RETRIED = frozenset({408, 409, 429})
_MOST_FAILURES_IN_A_ROW = 20
_LONGEST_ANSWER = 100_000
_CONTROL_CHARACTERS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_INSTRUCTION = "You write synthetic training data. Answer with the new text alone, in the language of the original."
_ANSWER_FORMAT = {
    "type": "json_schema",
    "json_schema": {
        "name": "variation",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"variation": {"type": "string"}},
            "required": ["variation"],
            "additionalProperties": False,
        },
    },
}


class AnswerError(Exception):
    """The system answered, but not with a text that can be used."""


class GivenUpError(Exception):
    """One variation could not be made; the message says why."""


@dataclass
class Usage:
    """What a run cost: requests sent (repeated ones too) and the tokens that the system reported."""

    request_count: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class LanguageModel:
    """The system ``generation_system``, ready to be asked. Close it when done."""

    def __init__(
        self,
        system: dict[str, Any],
        metadata: dict[str, Any],
        parameters: Parameters,
        on_row: Callable[[int], None] = lambda _: None,
    ) -> None:
        if system.get("type") not in {None, "llm_api"}:
            raise GeneratorError(f"system 'generation_system' has the type {system['type']!r}; accepted: llm_api")
        self.usage = Usage()
        self._on_row = on_row
        self._model = required_text(system, "model")
        self._base_url = required_text(system, "base_url")
        self._parameters = parameters
        self._options = request_options(system, metadata)
        self._limiter = Limiter(parameters.concurrency)
        self._failures_in_a_row = 0
        self._stopped = False
        self._runner = asyncio.Runner()
        self._client = self._connect(system)

    def _connect(self, system: dict[str, Any]) -> AsyncOpenAI:
        from openai import AsyncOpenAI  # takes longer to import than everything else here together

        try:
            return AsyncOpenAI(
                base_url=self._base_url,
                api_key=api_key(system),
                max_retries=0,  # retries are made here, where 429 can also lower the concurrency
                timeout=self._parameters.request_timeout_seconds,
            )
        except Exception as error:  # noqa: BLE001 - whatever the client dislikes about the system's values
            raise GeneratorError(f"system 'generation_system' cannot be used: {error}") from None

    def identity(self) -> dict[str, Any]:
        """What an answer depends on besides the row: with another identity, kept answers are of no use."""
        asked = ("num_variations", "augmentation_type", "seed", "prompt_template", "structured_output")
        settings = {name: getattr(self._parameters, name) for name in asked}
        return {**settings, "model": self._model, "base_url": self._base_url}

    def close(self) -> None:
        """Close connections and the event loop."""
        try:
            self._runner.run(self._client.close())
        finally:
            self._runner.close()

    def variations(
        self, texts: Sequence[str], labels: Sequence[str], wanted: Sequence[int]
    ) -> dict[int, list[str | None]]:
        """For each variation number in ``wanted`` one answer per text; None where it was skipped."""
        return self._runner.run(self._all(texts, labels, wanted))

    async def _all(
        self, texts: Sequence[str], labels: Sequence[str], wanted: Sequence[int]
    ) -> dict[int, list[str | None]]:
        rows: list[list[str | None]] = [[] for _ in texts]

        async def work(row: int) -> None:
            rows[row] = await self._row(texts[row], labels[row], wanted)
            self._on_row(1)

        try:
            async with asyncio.TaskGroup() as group:
                for row in range(len(texts)):
                    group.create_task(work(row))
        except* GeneratorError as errors:
            raise errors.exceptions[0] from None
        return {number: [row[place] for row in rows] for place, number in enumerate(wanted)}

    async def _row(self, text: str, label: str, wanted: Sequence[int]) -> list[str | None]:
        """All variations of one text; an answer that repeats the text or another answer is asked for once more."""
        prompt = prompt_for(self._parameters.prompt_template, text, label)
        answers = list(await asyncio.gather(*(self._variation(prompt, number) for number in wanted)))
        for place, answer in enumerate(answers):
            known = [text, *(other for other in answers[:place] if other is not None)]
            if answer in known:
                avoid = "\nIt must differ from each of these:\n" + "\n".join(known)
                answers[place] = await self._variation(prompt + avoid, wanted[place]) or answer
        return answers

    async def _variation(self, prompt: str, number: int) -> str | None:
        try:
            answer = await self._ask(prompt, number)
        except GivenUpError as error:
            self._failures_in_a_row += 1
            if self._parameters.on_error == "fail":
                self._stopped = True  # requests that still wait for their turn are not sent
                raise GeneratorError(f"system 'generation_system' failed: {error}") from None
            if self._failures_in_a_row >= _MOST_FAILURES_IN_A_ROW:
                raise GeneratorError(
                    f"system 'generation_system' failed {self._failures_in_a_row} times in a row, last: {error}"
                ) from None
            return None
        self._failures_in_a_row = 0
        return answer

    async def _ask(self, prompt: str, number: int) -> str:
        """One answer, tried up to ``ATTEMPTS`` times within ``DEADLINE_SECONDS``."""
        import openai

        spent = 0.0
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._limiter, asyncio.timeout(2 * self._parameters.request_timeout_seconds):
                    began = time.monotonic()
                    if self._stopped:
                        raise GivenUpError("another request failed")
                    return await self._request(prompt, number)
            except GivenUpError:
                raise
            except openai.APIStatusError as error:
                wait = retry_after(error.response.headers)
                reason = f"status {error.status_code}: {_first_line(error.message)}"
                if error.status_code < 500 and error.status_code not in _RETRIED:
                    raise GivenUpError(reason) from None
                if error.status_code == 429:
                    self._limiter.slow_down(wait or 0.0)
            except Exception as error:  # noqa: BLE001 - a strange body leaves the client as any exception
                wait, reason = None, self._reason(error)
            pause = wait if wait is not None else _backoff(attempt)
            spent += time.monotonic() - began + pause
            if attempt == ATTEMPTS or spent > DEADLINE_SECONDS:
                raise GivenUpError(f"{reason} (after {attempt} attempts)")
            await asyncio.sleep(pause)
        raise AssertionError("the loop returns or raises")

    async def _request(self, prompt: str, number: int) -> str:
        parameters = self._parameters
        request: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": "system", "content": _INSTRUCTION}, {"role": "user", "content": prompt}],
            "seed": (parameters.seed + number) % 2**31,
            **self._options,
        }
        if parameters.structured_output:
            request["response_format"] = _ANSWER_FORMAT
        self.usage.request_count += 1
        completion = await self._client.chat.completions.create(**request)
        self._count(getattr(completion, "usage", None))
        return answer_text(completion, structured=parameters.structured_output)

    def _count(self, usage: Any) -> None:
        self.usage.prompt_tokens += _whole(getattr(usage, "prompt_tokens", 0))
        self.usage.completion_tokens += _whole(getattr(usage, "completion_tokens", 0))

    def _reason(self, error: Exception) -> str:
        if isinstance(error, AnswerError):
            return str(error)
        if isinstance(error, TimeoutError):
            return "the answer did not end in time"
        if isinstance(error, ValueError):
            return f"the answer is not valid JSON: {_first_line(str(error))}"
        cause = f": {_first_line(str(error.__cause__))}" if error.__cause__ and str(error.__cause__) else ""
        return f"{_first_line(str(error))}{cause} (model '{self._model}')"


def required_text(system: dict[str, Any], key: str) -> str:
    """A text that the system must have; the host lets systems through that lack it."""
    value = system.get(key)
    if not isinstance(value, str) or not value.strip():
        raise GeneratorError(f"system 'generation_system' has no '{key}'")
    if key == "base_url" and not value.lower().startswith(("http://", "https://")):
        raise GeneratorError(f"system 'generation_system': base_url {value!r} does not begin with http:// or https://")
    return value.strip()


def api_key(system: dict[str, Any]) -> str:
    """The system's own key, else the environment's; a placeholder serves endpoints that need none."""
    given = system.get("api_key")
    candidates = (given, os.environ.get("API_KEY"), os.environ.get("OPENAI_API_KEY"))
    return next((key.strip() for key in candidates if isinstance(key, str) and key.strip()), "not-needed")


def request_options(system: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """What is passed on with every request: thinking, reasoning effort, and the host's tracking metadata.

    The metadata takes the form that the host's own helper gives it: ``user``, and ``metadata.tags`` as ``k:v``.
    """
    extra: dict[str, Any] = {}
    tags = metadata.get("tags")
    pairs = tags.items() if isinstance(tags, dict) else [("tags", tags)]
    if listed := [f"{key}:{value}" for key, value in pairs if value is not None]:
        extra["tags"] = listed
    extra |= {key: value for key, value in metadata.items() if key not in {"tags", "user_id"}}
    body: dict[str, Any] = {"metadata": extra} if extra else {}
    if isinstance(thinking := system.get("thinking"), dict):
        body["thinking"] = {key: value for key, value in thinking.items() if value is not None}
    options: dict[str, Any] = {"extra_body": body} if body else {}
    if user := metadata.get("user_id"):
        options["user"] = str(user)
    if effort := system.get("reasoning_effort"):
        options["reasoning_effort"] = effort
    return options


def prompt_for(template: str, text: str, label: str) -> str:
    """The template with its ``{text}`` and ``{label}``; without ``{text}`` the text follows it."""
    if "{text}" not in template:
        template += "\n\n{text}"
    before, _, after = template.partition("{text}")
    # The text goes in last, so that a "{label}" inside it stays what it is: data.
    return before.replace("{label}", label) + text + after.replace("{label}", label).replace("{text}", text)


def answer_text(completion: Any, *, structured: bool) -> str:
    """The text of a chat completion; ``AnswerError`` for everything that is none."""
    choices = getattr(completion, "choices", None)
    if not isinstance(choices, list) or not choices:
        raise AnswerError("the answer has no choices")
    message = getattr(choices[0], "message", None)
    if getattr(message, "refusal", None):
        raise AnswerError("the model refused")
    finish = getattr(choices[0], "finish_reason", None)
    if finish in {"length", "content_filter"}:
        raise AnswerError(f"the answer was cut off (finish_reason {finish})")
    content = getattr(message, "content", None)
    text = _structured_text(content) if structured else content
    if not isinstance(text, str) or not text.strip():
        raise AnswerError("the answer has no text")
    if len(text) > _LONGEST_ANSWER:
        raise AnswerError(f"the answer has {len(text)} characters, more than {_LONGEST_ANSWER}")
    return _CONTROL_CHARACTERS.sub("", text).strip().encode("utf-8", "replace").decode()


def _structured_text(content: Any) -> Any:
    try:
        answer = json.loads(content)
    except (TypeError, ValueError):
        raise AnswerError("the answer is not the JSON object that was asked for") from None
    return answer.get("variation") if isinstance(answer, dict) else None


def retry_after(headers: Any) -> float | None:
    """Seconds to wait as the server says (``retry-after-ms`` or ``retry-after``), None if it does not."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds: float = float(headers.get(name)) * unit
        except (TypeError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return _http_date(headers.get("retry-after"))


def _http_date(text: str | None) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        at: float = parsedate_to_datetime(text or "").timestamp()
    except (TypeError, ValueError):
        return None
    return max(0.0, at - time.time())


def _backoff(attempt: int) -> float:
    """Doubling from half a second, with jitter so that many waiting requests do not return together."""
    return min(_LONGEST_BACKOFF, 0.5 * 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.0)  # noqa: S311 - no secret


def _first_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:300] + "..."


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
