// The nine strategies an agent's edit tool tries, in plain JavaScript, as such tools have them: windows of lines,
// each strategy by itself. Written for this bench; the contract is that of `docs/reference/parity.md`.

/** `content` with the one place of `old` replaced; throws when there is none, or several. */
export function edit(content, old, replacement) {
  if (old === replacement) throw new Error("old and new are the same");
  let found = false;
  for (const candidates of strategies) {
    for (const candidate of candidates(content, old)) {
      const first = content.indexOf(candidate);
      if (first === -1) continue;
      found = true;
      if (content.indexOf(candidate, first + 1) !== -1) continue;
      return content.slice(0, first) + replacement + content.slice(first + candidate.length);
    }
  }
  throw new Error(found ? "several places" : "not found");
}

const strategies = [
  exact,
  lineTrimmed,
  blockAnchor,
  whitespaceNormalized,
  indentationFlexible,
  escapeNormalized,
  trimmedBoundary,
  contextAware,
  exact,
];

function* exact(_content, old) {
  yield old;
}

function* lineTrimmed(content, old) {
  const wanted = withoutLastEmpty(old.split("\n"));
  const lines = content.split("\n");
  for (let start = 0; start + wanted.length <= lines.length; start++) {
    if (wanted.every((line, index) => lines[start + index].trim() === line.trim()))
      yield lines.slice(start, start + wanted.length).join("\n");
  }
}

/** Lines from one equal to the first of `old` to the next equal to its last. */
function blocks(lines, wanted) {
  const found = [];
  for (let start = 0; start < lines.length; start++) {
    if (lines[start].trim() !== wanted[0].trim()) continue;
    const last = wanted.at(-1).trim();
    const end = lines.findIndex((line, index) => index > start + 1 && line.trim() === last);
    if (end !== -1) found.push([start, end]);
  }
  return found;
}

function* blockAnchor(content, old) {
  const wanted = withoutLastEmpty(old.split("\n"));
  if (wanted.length < 3) return;
  const lines = content.split("\n");
  let best;
  for (const [start, end] of blocks(lines, wanted)) {
    const size = end - start + 1;
    if (Math.abs(size - wanted.length) > Math.max(1, wanted.length / 4)) continue;
    const middle = Math.min(wanted.length, size) - 2;
    let similarity = middle === 0 ? 1 : 0;
    for (let index = 1; index <= middle; index++)
      similarity += alike(lines[start + index].trim(), wanted[index].trim()) / middle;
    if (similarity >= 0.65 && similarity > (best?.similarity ?? 0))
      best = { similarity, start, end };
  }
  if (best) yield lines.slice(best.start, best.end + 1).join("\n");
}

function* whitespaceNormalized(content, old) {
  const normal = (text) => text.replace(/\s+/g, " ").trim();
  const wanted = normal(old);
  const count = old.split("\n").length;
  const lines = content.split("\n");
  if (count === 1) {
    for (const line of lines) if (normal(line) === wanted) yield line;
    return;
  }
  for (let start = 0; start + count <= lines.length; start++) {
    const window = lines.slice(start, start + count).join("\n");
    if (normal(window) === wanted) yield window;
  }
}

function* indentationFlexible(content, old) {
  const wanted = withoutIndentation(old);
  const count = old.split("\n").length;
  const lines = content.split("\n");
  for (let start = 0; start + count <= lines.length; start++) {
    const window = lines.slice(start, start + count).join("\n");
    if (withoutIndentation(window) === wanted) yield window;
  }
}

function* escapeNormalized(content, old) {
  const escapes = { n: "\n", t: "\t", r: "\r" };
  const plain = (text) =>
    text.replace(/\\([ntr'"`\\$\n])/g, (_, letter) => escapes[letter] ?? letter);
  const wanted = plain(old);
  if (content.includes(wanted)) yield wanted;
  const count = wanted.split("\n").length;
  const lines = content.split("\n");
  for (let start = 0; start + count <= lines.length; start++) {
    const window = lines.slice(start, start + count).join("\n");
    if (plain(window) === wanted) yield window;
  }
}

function* trimmedBoundary(content, old) {
  const wanted = old.trim();
  if (wanted === old) return;
  if (content.includes(wanted)) yield wanted;
  const count = old.split("\n").length;
  const lines = content.split("\n");
  for (let start = 0; start + count <= lines.length; start++) {
    const window = lines.slice(start, start + count).join("\n");
    if (window.trim() === wanted) yield window;
  }
}

function* contextAware(content, old) {
  const wanted = withoutLastEmpty(old.split("\n"));
  if (wanted.length < 3) return;
  const lines = content.split("\n");
  for (const [start, end] of blocks(lines, wanted)) {
    if (end - start + 1 !== wanted.length) continue;
    const middle = wanted.slice(1, -1);
    const filled = middle.filter((line) => line.trim() !== "");
    const same = middle.filter(
      (line, index) => line.trim() !== "" && lines[start + 1 + index].trim() === line.trim(),
    );
    if (same.length * 2 >= filled.length) yield lines.slice(start, end + 1).join("\n");
  }
}

function withoutLastEmpty(lines) {
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function withoutIndentation(text) {
  const lines = text.split("\n");
  const widths = lines
    .filter((line) => line.trim() !== "")
    .map((line) => line.match(/^\s*/)[0].length);
  const width = widths.length === 0 ? 0 : Math.min(...widths);
  return lines.map((line) => line.slice(width)).join("\n");
}

function alike(one, other) {
  const longest = Math.max(one.length, other.length);
  return longest === 0 ? 1 : 1 - distance(one, other) / longest;
}

function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const step = one[i - 1] === other[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + step);
    }
    row = next;
  }
  return row[other.length];
}
