#!/bin/sh
# The start: run one job, print one JSON document, exit 0 or 1. What is generated is in augment.jq.
set -u
here=$(dirname "$0")
partial= worker= ticker=

# Whatever happens, the host finds one document on stdout, with success and, on failure, error.
fail() { # message, exit code
    trap '' TERM
    [ -z "$worker$ticker" ] || kill $worker $ticker 2>/dev/null
    [ -z "$partial" ] || rm -f "$partial" "$partial.out"
    jq -cn --arg error "$1" '{
        results: {success: false, original_count: 0, generated_count: 0, $error},
        generated_datasets: [], generated_reports: []}'
    exit "${2:-1}"
}
trap 'fail "stopped by SIGTERM before the result was complete" 143' TERM # process 1 ignores what it does not handle

# Other arguments than --generation-params are none of this container's business.
params=
while [ $# -gt 0 ]; do
    case $1 in
        --generation-params) params=${2:-}; [ $# -lt 2 ] || shift ;;
        --generation-params=*) params=${1#*=} ;;
    esac
    shift
done
[ -n "$params" ] || fail "--generation-params is missing, or has no value"
request=$(printf '%s' "$params" | jq -c -f "$here/request.jq" 2>/dev/null) && [ -n "$request" ] ||
    fail "--generation-params is not valid JSON"
field() { printf '%s' "$request" | jq -r "$1"; }
[ "$(field .error)" = null ] || fail "$(field .error)"

# The output folder, checked before any work: without a mount the result would be lost.
output=${OUTPUT_MOUNT_PATH:-/output}
[ -d "$output" ] || fail "$output does not exist: mount a folder there"
grep -q " $output " /proc/self/mounts || fail "nothing is mounted at $output: what is written there would be lost"
[ -w "$output" ] && mkdir -p "$output/datasets" 2>/dev/null && [ -w "$output/datasets" ] || fail "$output cannot be written"

# A path below the input mount: what a configuration says never leads out of it.
input=$(realpath -m "${INPUT_MOUNT_PATH:-/input}")
inside() {
    path=$(realpath -m "$input/$1")
    case $path in "$input"/*) ;; *) fail "dataset 'source_data': $1 leads out of $input" ;; esac
}
files=$(field '.files[]')
if [ -z "$files" ]; then
    inside "$(field .folder)"
    files=$(cd "$input" && find "${path#"$input"/}" -type f \( -name '*.json' -o -name '*.jsonl' \) 2>/dev/null | sort)
    [ -n "$files" ] || fail "dataset 'source_data': there is no json file in $path"
fi

# Rows are collected under a temporary name: the result is there complete or not at all.
partial=$(mktemp "$output/datasets/.augmented_data.XXXXXXXX.partial") || fail "$output/datasets cannot be written"
final="$output/datasets/augmented_data.jsonl"
work() {
    while IFS= read -r file; do
        inside "$file"
        [ -f "$path" ] || fail "dataset 'source_data': there is no file $path"
        [ -s "$path" ] || fail "dataset 'source_data': $path is empty"
        reason=$(jq -c -s --argjson mapping "$(field .mapping)" -f "$here/rows.jq" "$path" 2>&1 >>"$partial") ||
            fail "dataset 'source_data': $path cannot be read: $reason"
    done <<EOF
$files
EOF
    jq -c -n 'foreach inputs as $row (-1; . + 1; [., $row])' "$partial" |
        jq -c --argjson count "$(field .count)" -f "$here/augment.jq" >"$partial.out" 2>/dev/null &&
        chmod 0644 "$partial.out" && mv -f "$partial.out" "$final" || fail "$final cannot be written"
}

# A shell hears signals while it waits, not while a program runs in its foreground. The lines of the ticker hold no
# brace, and it is gone before the result is printed.
while sleep 15; do echo "progress bytes_written=$(cat "$partial"* 2>/dev/null | wc -c)" >&2; done &
ticker=$!
work &
worker=$!
wait "$worker" || exit # what went wrong was printed by fail
worker=
kill "$ticker"
original=$(wc -l <"$partial")
rm -f "$partial"

jq -cn --arg path "$final" --argjson size "$(wc -c <"$final")" --argjson total "$(wc -l <"$final")" --argjson original "$original" '{
    results: {success: true, original_count: $original, generated_count: ($total - $original)},
    generated_datasets: [{
        dataset_name: "augmented_data", dataset_type: "huggingface", dataset_path: $path, format: "jsonl",
        metadata: {
            columns: [{name: "text", dtype: "string"}, {name: "label", dtype: "string"},
                      {name: "is_synthetic", dtype: "bool"}, {name: "source_index", dtype: "int32"}],
            row_count: $total, size_bytes: $size}}],
    generated_reports: []}'
