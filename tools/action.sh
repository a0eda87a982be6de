#!/usr/bin/env bash
# What action.yml runs: install the kit beside the job's own Python, check, hand over verdict, reports and summary.
# Its settings are the SDG_* variables of action.yml. SDG_PROGRAM names a kit that is installed already.
set -uo pipefail

reports=${SDG_REPORTS:-sdg-conformance}
mkdir -p "$reports" || exit 2

program=${SDG_PROGRAM:-}
if [ -z "$program" ]; then
    venv=${RUNNER_TEMP:-/tmp}/sdg-conformance-venv
    "${SDG_PYTHON:-python3}" -m venv "$venv" || exit 3
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${GITHUB_ACTION_PATH:?}" || exit 3
    program=$venv/bin/sdg-conformance
fi

read -ra images <<<"${SDG_IMAGE:?}"
arguments=(--scope "${SDG_SCOPE:-full}" --profile "${SDG_PROFILE:-current}" --progress plain)
[ "${SDG_STRICT:-false}" != true ] || arguments+=(--strict)
[ -z "${SDG_CONFIG:-}" ] || arguments+=(--config "$SDG_CONFIG")
[ -z "${SDG_WAIVERS:-}" ] || arguments+=(--waivers "$SDG_WAIVERS")
read -ra patterns <<<"${SDG_ONLY:-}"
for pattern in ${patterns[@]+"${patterns[@]}"}; do
    arguments+=(--only "$pattern")
done

"$program" check "${arguments[@]}" \
    --format text \
    --format json --output "$reports/report.json" \
    --format junit --output "$reports/junit.xml" \
    --format sarif --output "$reports/report.sarif" \
    --format markdown --output "$reports/summary.md" \
    -- "${images[@]}"
code=$?

case $code in
    0) verdict=conformant ;;
    1) verdict=non-conformant ;;
    *) verdict=inconclusive ;;
esac
{
    echo "verdict=$verdict"
    echo "exit-code=$code"
    echo "report=$reports/report.json"
    echo "junit=$reports/junit.xml"
    echo "sarif=$reports/report.sarif"
} >>"${GITHUB_OUTPUT:-/dev/null}"
[ ! -s "$reports/summary.md" ] || cat "$reports/summary.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
exit "$code"
