// Asks the mock server with the official Node client; prints one JSON object of what came back.
// Arguments: the path of the installed package, the base URL, the base URL of a scenario whose first answer is a 429.
import { pathToFileURL } from "node:url";

const [, , packagePath, baseURL, limitedURL] = process.argv;
const { default: OpenAI, toFile } = await import(pathToFileURL(packagePath).href);
const client = new OpenAI({ baseURL, apiKey: "sk-node", maxRetries: 0 });
const messages = [{ role: "user", content: "Good day." }];
const weather = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tools = ["get_weather", "get_time"].map((name) => ({ type: "function", function: { name, parameters: weather } }));
const found = {};

const chat = await client.chat.completions.create({ model: "m", messages });
found.text = chat.choices[0].message.content;
found.total = chat.usage.total_tokens;

let streamed = "";
let usage = null;
const stream = await client.chat.completions.create({
  model: "m", messages, stream: true, stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
found.streamed = streamed;
found.streamedTotal = usage.total_tokens;

const runner = client.chat.completions.stream({ model: "m", messages, tools, tool_choice: "required" });
const final = await runner.finalChatCompletion();
found.tools = final.choices[0].message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);

const embedded = await client.embeddings.create({ model: "text-embedding-3-small", input: "one" });
found.dimensions = embedded.data[0].embedding.length;
found.length = Math.sqrt(embedded.data[0].embedding.reduce((sum, value) => sum + value * value, 0));
const floats = await client.embeddings.create({ model: "text-embedding-3-small", input: "one", encoding_format: "float" });
found.sameVector = floats.data[0].embedding.every((value, at) => Math.abs(value - embedded.data[0].embedding[at]) < 1e-9);

const response = await client.responses.create({ model: "m", input: "Good day." });
found.response = response.output_text;
let deltas = "";
for await (const event of await client.responses.create({ model: "m", input: "Good day.", stream: true })) {
  if (event.type === "response.output_text.delta") deltas += event.delta;
}
found.responseDeltas = deltas;

found.model = (await client.models.retrieve("gpt-4o")).id;
found.flagged = (await client.moderations.create({ input: "hello" })).results[0].flagged;
const picture = await client.images.generate({ model: "gpt-image-1", prompt: "a tree", size: "256x256" });
found.png = Buffer.from(picture.data[0].b64_json, "base64").subarray(1, 4).toString();
const file = await toFile(Buffer.from(picture.data[0].b64_json, "base64"), "a.png", { type: "image/png" });
found.edited = (await client.images.edit({ model: "gpt-image-1", image: file, prompt: "more" })).data.length;
const sound = await toFile(Buffer.alloc(100), "a.wav");
found.heard = (await client.audio.transcriptions.create({ model: "whisper-1", file: sound })).text.length > 0;

const limited = new OpenAI({ baseURL: limitedURL, apiKey: "sk-node", maxRetries: 2 });
found.afterLimit = (await limited.chat.completions.create({ model: "m", messages })).choices.length;
try {
  await client.chat.completions.create({ model: "no-such-model", messages });
} catch (error) {
  found.error = [error.constructor.name, error.status, error.code];
}
console.log(JSON.stringify(found));
