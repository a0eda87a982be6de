# The generation parameters as one flat object, or {error: what is wrong}.

def refuse_unless(condition; $message): if condition then . else error($message) end;

try (
  refuse_unless(type == "object"; "--generation-params is not a JSON object")
  # The host never applies a manifest's default: that is done here, and null means "not given".
  | (if .num_variations == null then 2 else .num_variations end) as $count
  | refuse_unless(($count | type) == "number" and ($count | IN(range(101)));
      "parameter 'num_variations' is \($count | tojson | .[:80]); expected an integer from 0 to 100")
  | (.input_datasets | if type == "object" then .source_data else null end) as $dataset
  | refuse_unless(($dataset | type) == "object"; "the required dataset 'source_data' is missing from input_datasets")
  | refuse_unless($dataset.type | . == null or . == "huggingface";
      "dataset 'source_data' has the type \($dataset.type); accepted: huggingface")
  | ($dataset.loader_params // {}) as $loader
  | refuse_unless($loader.builder_name == "json" and $loader.hub_path == null;
      "dataset 'source_data': builder_name \($loader.builder_name) is not supported, only json files")
  | refuse_unless($loader.split | . == null or . == "train";
      "dataset 'source_data': split \($loader.split) is not supported, only train")
  | ($loader.data_files | if . == null then [] elif type == "array" then . else [.] end) as $files
  | refuse_unless(($files | length) > 0 or $loader.data_dir != null;
      "dataset 'source_data': neither data_files nor data_dir is given")
  | refuse_unless([$files[], $loader.data_dir // "x"] | all(.[]; type == "string" and (test("://|\n|\u0000") | not));
      "dataset 'source_data': data_files and data_dir have to be names of files below the input mount")
  | {$count, $files, folder: $loader.data_dir, mapping: ($dataset.mapping // {})}
) catch {error: .}
