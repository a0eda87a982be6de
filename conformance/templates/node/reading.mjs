// A dataset as the host describes it (loader_params, mapping) becomes rows of text and label.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';

const COLUMNS = ['text', 'label'];
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

export function readRows(params, name, mount) {
  const definition = params.input_datasets?.[name];
  if (!isObject(definition)) throw new Error(`the required dataset '${name}' is missing from input_datasets`);
  if (!['huggingface', undefined, null].includes(definition.type)) {
    throw new Error(`dataset '${name}' has the type ${definition.type}; accepted: huggingface`);
  }
  const loader = definition.loader_params ?? {};
  if (loader.hub_path) throw new Error(`dataset '${name}': hub datasets are not supported, only json files`);
  if (loader.builder_name !== 'json') throw new Error(`dataset '${name}': builder_name ${loader.builder_name} is not supported, only json`);
  if (!['train', undefined, null].includes(loader.split)) throw new Error(`dataset '${name}': split ${loader.split} is not supported, only train`);
  const mapping = definition.mapping ?? {}; // name in the file -> name in the manifest
  const wanted = COLUMNS.map((column) => Object.keys(mapping).find((old) => mapping[old] === column) ?? column);
  return filesOf(loader, name, mount).flatMap((path) => rowsOf(path, name, wanted));
}

// The files that data_files (one or a list) or data_dir mean, all below the input mount.
function filesOf(loader, name, mount) {
  if (loader.data_files) return [loader.data_files].flat().map((place) => inside(mount, place, name));
  if (!loader.data_dir) throw new Error(`dataset '${name}': neither data_files nor data_dir is given`);
  const folder = inside(mount, loader.data_dir, name);
  let names;
  try {
    names = readdirSync(folder, { recursive: true }).filter((file) => /\.(json|jsonl)$/i.test(file)).sort();
  } catch (problem) {
    throw new Error(`dataset '${name}': the folder ${folder} cannot be read: ${problem.code}`);
  }
  if (!names.length) throw new Error(`dataset '${name}': there is no json file in ${folder}`);
  return names.map((file) => join(folder, file)).filter((path) => statSync(path).isFile());
}

// A path below the input mount: what a configuration says never leads out of it.
function inside(mount, place, name) {
  if (typeof place !== 'string' || place.includes('://') || place.includes('\0')) throw new Error(`dataset '${name}': ${place} is not a file below ${mount}`);
  const path = resolve(mount, place);
  if (!path.startsWith(resolve(mount) + sep)) throw new Error(`dataset '${name}': ${place} leads out of ${mount}`);
  return path;
}

function rowsOf(path, name, wanted) {
  let rows;
  try {
    rows = parse(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)));
  } catch (problem) {
    throw new Error(`dataset '${name}': ${path} cannot be read as json: ${problem.message}`);
  }
  for (const column of wanted) {
    const present = rows.length === 0 || rows.some((row) => column in row);
    if (!present) throw new Error(`dataset '${name}': ${basename(path)} lacks the column '${column}'`);
    const wrong = rows.findIndex((row) => typeof row[column] !== 'string');
    if (wrong >= 0) throw new Error(`dataset '${name}': column '${column}' of ${basename(path)} is no string in row ${wrong}`);
  }
  return rows.map((row) => wanted.map((column) => row[column].toWellFormed?.() ?? row[column]));
}

// A JSON array of objects, or one object per line. A single line is both a document and a line.
function parse(text) {
  if (!text.trim()) throw new Error('the file is empty');
  let rows;
  try {
    rows = [JSON.parse(text)].flat();
  } catch {
    rows = text.split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line));
  }
  if (!rows.every(isObject)) throw new Error('a row is not a JSON object');
  return rows;
}
