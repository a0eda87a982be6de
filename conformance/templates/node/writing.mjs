// The produced dataset: a file of JSON lines that is there complete or not at all.
import { randomUUID } from 'node:crypto';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const TYPES = { text: 'string', label: 'string', is_synthetic: 'bool', source_index: 'int32' };

// Checked before any work: without a mount the result would be lost.
export function requireOutput(folder) {
  let mounted;
  try {
    mounted = statSync(folder).isDirectory() && mountPoints().includes(resolve(folder));
  } catch {
    throw new Error(`${folder} does not exist: mount a folder there`);
  }
  if (!mounted) throw new Error(`nothing is mounted at ${folder}: what is written there would be lost`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new Error(`${folder} cannot be written`);
  }
  return folder;
}

function mountPoints() {
  return readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1]);
}

// Writes batches of rows; returns their entry of generated_datasets, counted from what was written.
export async function writtenDataset(batches, name, output) {
  const path = join(output, 'datasets', `${name}.jsonl`);
  const partial = join(output, 'datasets', `.${randomUUID()}.partial`);
  let count = 0;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(partial, 'w');
    for await (const batch of batches) {
      const bytes = Buffer.from(batch.map((row) => JSON.stringify(row) + '\n').join(''));
      for (let sent = 0; sent < bytes.length;) sent += writeSync(file, bytes, sent);
      count += batch.length;
    }
    closeSync(file);
    renameSync(partial, path);
  } catch (problem) {
    throw problem.code ? new Error(`${path} cannot be written: ${problem.code}`) : problem;
  } finally {
    rmSync(partial, { force: true });
  }
  const columns = Object.entries(TYPES).map(([column, dtype]) => ({ name: column, dtype }));
  return {
    dataset_name: name,
    dataset_type: 'huggingface',
    dataset_path: path,
    format: 'jsonl',
    metadata: { columns, row_count: count, size_bytes: statSync(path).size },
  };
}
