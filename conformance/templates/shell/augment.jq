# What is generated. Change this file first. In: [row index, {text, label}]; out: the row and its variations.

def as_note: "Note: " + .;
def reversed_words: [splits("\\s+")] | reverse | join(" ");

# Variation $number (0, 1, ...) of a text; a further round adds an exclamation mark.
def variation($number):
  . as $text
  | [ascii_upcase, ascii_downcase, as_note, reversed_words][$number % 4] + ("!" * ($number / 4 | floor) // "")
  | if . == $text then as_note else . end;

.[0] as $index | .[1] as $row
| {text: $row.text, label: $row.label, is_synthetic: false, source_index: $index},
  (range($count) as $number
   | {text: ($row.text | variation($number)), label: $row.label, is_synthetic: true, source_index: $index})
