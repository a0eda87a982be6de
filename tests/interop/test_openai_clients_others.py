"""The official Node client and LiteLLM against the mock server; the Node package is installed when it is needed."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest

from conformance.mock_openai import FaultRule, MockOpenAI, analysis

pytestmark = pytest.mark.interop
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("openai_node_client.mjs")
MESSAGES = [{"role": "user", "content": "Good day."}]


@pytest.fixture(scope="module")
def server():
    with MockOpenAI() as running:
        yield running


@pytest.fixture(scope="module")
def node_package():
    """The entry point of the npm package ``openai``, installed below build/."""
    folder = ROOT / "build" / "interop-node"
    entry = folder / "node_modules" / "openai" / "index.mjs"
    if not entry.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "openai"]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
    return entry


@pytest.fixture(scope="module")
def seen_by_node(server, node_package):
    server.open("node")
    server.open("node-limited", faults=[FaultRule("429-retry-after-ms", times=1)])
    urls = [server.base_url("node"), server.base_url("node-limited")]
    command = ["node", str(SCRIPT), str(node_package), *urls]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_node_client_reads_texts_and_streams(seen_by_node):
    assert "day" in seen_by_node["text"]
    assert "day" in seen_by_node["streamed"]
    assert seen_by_node["total"] > 0
    assert seen_by_node["streamedTotal"] > 0
    assert "day" in seen_by_node["response"]
    assert "day" in seen_by_node["responseDeltas"]


def test_the_node_client_puts_streamed_tool_calls_together(seen_by_node):
    assert [name for name, _ in seen_by_node["tools"]] == ["get_weather", "get_time"]
    assert all(arguments["city"] for _, arguments in seen_by_node["tools"])


def test_the_node_client_gets_whole_embeddings_though_it_asks_for_base64(seen_by_node):
    assert seen_by_node["dimensions"] == 1536
    assert seen_by_node["length"] == pytest.approx(1.0, abs=1e-5)
    assert seen_by_node["sameVector"] is True


def test_the_node_client_reads_models_images_moderations_and_audio(seen_by_node):
    assert (seen_by_node["model"], seen_by_node["flagged"], seen_by_node["png"]) == ("gpt-4o", False, "PNG")
    assert (seen_by_node["edited"], seen_by_node["heard"]) == (1, True)


def test_the_node_client_waits_as_it_is_told_and_the_ledger_sees_the_retry(server, seen_by_node):
    assert seen_by_node["afterLimit"] == 1
    requests = server.ledger("node-limited").as_requests()
    assert [request.retry_count for request in requests] == [0, 1]
    assert analysis.retried_before_retry_after(requests) == ()
    assert seen_by_node["error"] == ["NotFoundError", 404, "model_not_found"]


@pytest.fixture(scope="module")
def litellm():
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for prices
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    return litellm


@pytest.fixture
def settings(server):
    return {"model": "openai/gpt-4o", "api_base": server.base_url("litellm"), "api_key": "sk-lite", "num_retries": 0}


def test_litellm_completes(litellm, settings, server):
    answer = litellm.completion(messages=MESSAGES, **settings)
    assert "day" in answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert server.ledger("litellm").entries[-1].model == "gpt-4o"


def test_litellm_streams_the_same_in_both_its_ways(litellm, settings):
    text = "".join(
        chunk.choices[0].delta.content or "" for chunk in litellm.completion(messages=MESSAGES, stream=True, **settings)
    )

    async def read():
        stream = await litellm.acompletion(messages=MESSAGES, stream=True, **settings)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert "day" in text
    assert "day" in asyncio.run(read())


def test_litellm_calls_tools(litellm, settings):
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    answer = litellm.completion(messages=MESSAGES, tools=[tool], tool_choice="required", **settings)
    assert answer.choices[0].message.tool_calls[0].function.name == "f"


def test_litellm_embeds_and_makes_images(litellm, settings):
    common = {**settings, "model": "openai/text-embedding-3-small"}
    common.pop("num_retries")
    assert len(litellm.embedding(input=["one"], **common).data[0]["embedding"]) == 1536
    picture = litellm.image_generation(prompt="a tree", **{**common, "model": "openai/gpt-image-1"})
    assert picture.data[0].b64_json


def test_litellm_names_errors_as_the_service_does(litellm, settings, server):
    server.open("litellm-refused", faults=["401*1", "429*1", "500"])
    there = {**settings, "api_base": server.base_url("litellm-refused"), "max_retries": 0}
    for expected in (litellm.AuthenticationError, litellm.RateLimitError, litellm.InternalServerError):
        with pytest.raises(expected):
            litellm.completion(messages=MESSAGES, **there)
