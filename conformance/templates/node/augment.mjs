// What is generated. Change this file first.

const asNote = (text) => `Note: ${text}`;
const reversedWords = (text) => text.split(/\s+/).reverse().join(' ').trim();
const ways = [(text) => text.toUpperCase(), (text) => text.toLowerCase(), asNote, reversedWords];

// Variation `number` (0, 1, ...) of one text; a further round adds an exclamation mark.
export function variation(text, number) {
  const varied = ways[number % ways.length](text) + '!'.repeat(Math.floor(number / ways.length));
  return varied === text ? asNote(text) : varied;
}
