// The start: run one job, print one JSON document, exit 0 or 1. What is generated is in augment.mjs.
import { writeSync } from 'node:fs';
import { variation } from './augment.mjs';
import { readRows } from './reading.mjs';
import { requireOutput, writtenDataset } from './writing.mjs';

const BATCH = 5000;
let stopped = false;

// Whatever happens, the host finds one document on stdout, with success and, on failure, error.
function finish(metrics, datasets, code) {
  const results = { success: code === 0, original_count: 0, generated_count: 0, ...metrics };
  const document = { results, generated_datasets: datasets, generated_reports: [] };
  const bytes = Buffer.from(JSON.stringify(document) + '\n');
  for (let sent = 0; sent < bytes.length;) {
    try {
      sent += writeSync(1, bytes, sent);
    } catch (problem) {
      if (problem.code !== 'EAGAIN') throw problem; // a pipe whose reader is slower than we are
    }
  }
  process.exit(code);
}

async function generate(words) {
  const params = generationParams(words);
  const count = numberOfVariations(params);
  const output = requireOutput(process.env.OUTPUT_MOUNT_PATH || '/output');
  const rows = readRows(params, 'source_data', process.env.INPUT_MOUNT_PATH || '/input');
  const entry = await writtenDataset(batches(rows, count), 'augmented_data', output);
  return [{ original_count: rows.length, generated_count: count * rows.length }, [entry]];
}

// The output rows, some thousand at a time, so that memory does not grow with them.
async function* batches(rows, count) {
  let batch = [], last = Date.now();
  for (const [index, [text, label]] of rows.entries()) {
    batch.push({ text, label, is_synthetic: false, source_index: index });
    for (let number = 0; number < count; number++) {
      batch.push({ text: variation(text, number), label, is_synthetic: true, source_index: index });
    }
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
    await new Promise(setImmediate); // signals are heard between batches
    if (stopped) throw new Error('stopped by SIGTERM before the result was complete');
    if (Date.now() - last > 5000) {
      last = Date.now();
      process.stderr.write(`progress done=${index + 1} total=${rows.length}\n`); // never a brace here
    }
  }
  yield batch;
}

// The JSON object after --generation-params; other arguments are none of this container's business.
function generationParams(words) {
  const flag = '--generation-params';
  const at = words.indexOf(flag);
  const text = at >= 0 ? words[at + 1] : words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
  if (text === undefined) throw new Error(`${flag} is missing, or has no value`);
  let params;
  try {
    // The host is Python, whose JSON knows NaN and Infinity.
    params = JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity)\b/g, (all, quoted) => quoted ?? 'null'));
  } catch (problem) {
    throw new Error(`${flag} is not valid JSON: ${problem.message}`);
  }
  if (typeof params !== 'object' || params === null || Array.isArray(params)) throw new Error(`${flag} is not a JSON object`);
  return params;
}

// The host never applies a manifest's default: that is done here, and null means "not given".
function numberOfVariations(params) {
  const number = params.num_variations ?? 2;
  if (!Number.isInteger(number) || number < 0 || number > 100) {
    throw new Error(`parameter 'num_variations' is ${JSON.stringify(number)?.slice(0, 80)}; expected an integer from 0 to 100`);
  }
  return number;
}

// Process 1 ignores signals that it does not handle.
process.on('SIGTERM', () => { stopped = true; });

try {
  finish(...await generate(process.argv.slice(2)), 0);
} catch (problem) {
  finish({ error: problem.message || String(problem) }, [], stopped ? 143 : 1);
}
