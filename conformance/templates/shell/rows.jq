# All values of one file, slurped (an array of objects, or one object per line), become rows of text and label.
# $mapping is {name in the file: name in the manifest}.

def column($name):
  (first($mapping | to_entries[] | select(.value == $name) | .key) // $name) as $current
  | if length > 0 and all(.[]; has($current) | not) then error("it lacks the column '\($current)'")
    elif any(.[]; .[$current] | type != "string") then error("its column '\($current)' is not a string in every row")
    else map(.[$current]) end;

[.[] | if type == "array" then .[] else . end]
| if all(.[]; type == "object") then . else error("a row is not a JSON object") end
| [column("text"), column("label")] | transpose[] | {text: .[0], label: .[1]}
