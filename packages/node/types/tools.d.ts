// Written by `npm run types` from the schemas of crates/tools. Do not edit.

/**
 * Reads a text file or a part of it, an image, a PDF, or the names in a folder.
 *
 * At most `read.lines` lines and `read.text_bytes` bytes are given at once; what is left out is said, with the
 * `offset` to go on from. The text is just what the file holds, its line endings included, without the byte-order
 * mark. What is neither file nor folder is never opened.
 */
export interface ReadInput {
  /** The file or folder. */
  path: string;
  /** The first line to give (of a folder: the first name), from 1. Default: 1. */
  offset?: number | null;
  /** How many lines (names) to give at most. Default: `read.lines` (`read.entries`). */
  limit?: number | null;
}

/** The encoding of a text, by its name in the Encoding Standard (https://encoding.spec.whatwg.org), in lower case. */
export type Encoding = string;

/** How the lines of a whole file end. */
export type LineEndingKind = "none" | "lf" | "crlf" | "cr" | "mixed";

/** The BLAKE3 hash of all bytes of a file: `blake3:` and 64 hexadecimal digits. */
export type ContentHash = string;

/** Lines of a text file. */
export interface TextOutput {
  /** The file. */
  path: string;
  /** The lines, each with its line ending. */
  text: string;
  /** The number of the first of them; 1 for an empty file. */
  offset: number;
  /** How many they are. */
  lines: number;
  /** How many the file has. `null`: it is larger than `read.whole_bytes` and was not read to its end. */
  totalLines?: number | null;
  /** Whether anything is missing behind or within the lines given. */
  truncated: boolean;
  /** The `offset` of the first line that is missing; `null`: none is. */
  nextOffset?: number | null;
  /** Numbers of the lines that were longer than `read.line_characters` and are cut there. */
  cutLines: number[];
  /** The size of the file. */
  bytes: number;
  /** Its encoding. */
  encoding: Encoding;
  /** Whether it begins with a byte-order mark. */
  bom: boolean;
  /** How its lines end; of a file larger than `read.whole_bytes`, those of its first 64 KiB. */
  lineEnding: LineEndingKind;
  /** Whether bytes that are not of the encoding were replaced by U+FFFD. Such a file cannot be edited. */
  lossy: boolean;
  /** The hash of the whole file, for `expectedHash`. `null`: it is larger than `read.whole_bytes`. */
  hash?: ContentHash | null;
}

/** An image or a PDF, whole. */
export interface MediaOutput {
  /** The file. */
  path: string;
  /** Its type, by its first bytes. */
  mime: string;
  /** Its size. */
  bytes: number;
  /** Its content, in base64. */
  data: string;
}

/** Names in a folder. */
export interface FolderOutput {
  /** The folder. */
  path: string;
  /** The names in it, sorted by their bytes; those of folders, and of links to folders, end in `/`. */
  entries: string[];
  /** The place of the first of them, from 1. */
  offset: number;
  /** How many the folder has. */
  total: number;
  /** The `offset` of the first that is missing; `null`: none is. */
  nextOffset?: number | null;
}

/** What was read. */
export type ReadOutput = {
  kind: "text";
} & TextOutput | {
  kind: "media";
} & MediaOutput | {
  kind: "folder";
} & FolderOutput;

/** How the lines of a written file are to end. */
export type WrittenLineEnding = "asGiven" | "lf" | "crlf" | "cr";

/**
 * Writes a text file whole: a new one, or in place of what it held.
 *
 * A reader sees the old content or the new, never a part. A file that is replaced keeps its encoding, its byte-order
 * mark, its mode and owner; if all its lines end alike, the new ones end so too. Missing folders are made. Through a
 * link the file it leads to is written, and the link stays; a further hard link keeps the old content.
 */
export interface WriteInput {
  /** The file. */
  path: string;
  /** The text it is to hold. */
  content: string;
  /** Write only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds. */
  expectedHash?: ContentHash | null;
  /** The encoding to write. Default: that of the file, UTF-8 for a new one. */
  encoding?: Encoding | null;
  /** How lines are to end. Default: as in the file if its lines all end alike, else as given. */
  lineEnding?: WrittenLineEnding | null;
  /** Whether to wait until the disk has it, so that it survives a loss of power. Default: no. */
  durable?: boolean;
}

/** What happened to a file. */
export type ChangeKind = "created" | "replaced" | "unchanged" | "deleted";

/** A file that was written. */
export interface WriteOutput {
  /** The file. */
  path: string;
  /** `created`, `replaced`, or `unchanged` if it held just this already and was not touched. */
  outcome: ChangeKind;
  /** The hash of what it holds now. */
  hash: ContentHash;
  /** Its size now. */
  bytes: number;
  /** Its encoding. */
  encoding: Encoding;
  /** Whether it begins with a byte-order mark. */
  bom: boolean;
  /** How its lines end. */
  lineEnding: LineEndingKind;
  /** Whether lines of `content` ended otherwise and were converted. */
  lineEndingsConverted: boolean;
  /** Lines that are new. */
  added: number;
  /** Lines that are gone. None are counted where the file held no text, or more than `edit.file_bytes`. */
  removed: number;
  /** Whether it still has the owner it had: only root can give a file away. */
  ownerKept: boolean;
}

/**
 * Creates a text file; one that exists is an error.
 *
 * Missing folders are made. With `overwrite` it does what `write` does.
 */
export interface CreateInput {
  /** The file. */
  path: string;
  /** The text it is to hold. Default: none. */
  content?: string;
  /** Whether a file that exists is replaced. Default: no. */
  overwrite?: boolean;
  /** The encoding to write. Default: UTF-8, or that of the file that is replaced. */
  encoding?: Encoding | null;
  /** Whether to wait until the disk has it, so that it survives a loss of power. Default: no. */
  durable?: boolean;
}

/** A file that was written. */
export interface CreateOutput {
  /** The file. */
  path: string;
  /** `created`, `replaced`, or `unchanged` if it held just this already and was not touched. */
  outcome: ChangeKind;
  /** The hash of what it holds now. */
  hash: ContentHash;
  /** Its size now. */
  bytes: number;
  /** Its encoding. */
  encoding: Encoding;
  /** Whether it begins with a byte-order mark. */
  bom: boolean;
  /** How its lines end. */
  lineEnding: LineEndingKind;
  /** Whether lines of `content` ended otherwise and were converted. */
  lineEndingsConverted: boolean;
  /** Lines that are new. */
  added: number;
  /** Lines that are gone. None are counted where the file held no text, or more than `edit.file_bytes`. */
  removed: number;
  /** Whether it still has the owner it had: only root can give a file away. */
  ownerKept: boolean;
}

/**
 * Inserts lines into a text file.
 *
 * All other bytes stay as they are. The new lines get the line ending that most lines of the file have; whether the
 * file ends in one is kept.
 */
export interface InsertLinesInput {
  /** The file. */
  path: string;
  /** The new lines stand before this line, from 1. One more than the file has lines: at its end. */
  line: number;
  /** The new lines. The last one needs no line ending; `""` is no line, `"\n"` an empty one. */
  content: string;
  /** Change only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds. */
  expectedHash?: ContentHash | null;
}

/** Some lines of a file. */
export interface LineRange {
  /** The first, from 1. */
  start: number;
  /** The last. */
  end: number;
}

/** What became of a text. */
export interface Diff {
  /**
   * As a unified diff with three lines of context: `git apply` takes it. Empty where nothing changed. Carriage
   * returns of the file are in it.
   */
  text: string;
  /** Lines that are new. */
  added: number;
  /** Lines that are gone. */
  removed: number;
  /** Whether `text` was cut at the limit; the counts are of everything. */
  truncated: boolean;
}

/** A file of which lines were changed. */
export interface InsertLinesOutput {
  /** The file. */
  path: string;
  /** The hash of what it holds now. */
  hash: ContentHash;
  /** How many lines it has now. */
  lines: number;
  /** Where the new lines are; `null`: none came. */
  range?: LineRange | null;
  /** What became of it. */
  diff: Diff;
  /** Whether it still has the owner it had: only root can give a file away. */
  ownerKept: boolean;
}

/**
 * Replaces lines of a text file.
 *
 * All other bytes stay as they are. The new lines get the line ending that most lines of the file have; whether the
 * file ends in one is kept.
 */
export interface ReplaceLinesInput {
  /** The file. */
  path: string;
  /** The first line that goes, from 1. */
  start: number;
  /** The last line that goes. */
  end: number;
  /** The lines that come. The last one needs no line ending; `""` is no line, `"\n"` an empty one. */
  content: string;
  /** Change only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds. */
  expectedHash?: ContentHash | null;
}

/** A file of which lines were changed. */
export interface ReplaceLinesOutput {
  /** The file. */
  path: string;
  /** The hash of what it holds now. */
  hash: ContentHash;
  /** How many lines it has now. */
  lines: number;
  /** Where the new lines are; `null`: none came. */
  range?: LineRange | null;
  /** What became of it. */
  diff: Diff;
  /** Whether it still has the owner it had: only root can give a file away. */
  ownerKept: boolean;
}

/**
 * Deletes lines of a text file.
 *
 * All other bytes stay as they are; whether the file ends in a line ending is kept.
 */
export interface DeleteLinesInput {
  /** The file. */
  path: string;
  /** The first line that goes, from 1. */
  start: number;
  /** The last line that goes. */
  end: number;
  /** Change only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds. */
  expectedHash?: ContentHash | null;
}

/** A file of which lines were changed. */
export interface DeleteLinesOutput {
  /** The file. */
  path: string;
  /** The hash of what it holds now. */
  hash: ContentHash;
  /** How many lines it has now. */
  lines: number;
  /** Where the new lines are; `null`: none came. */
  range?: LineRange | null;
  /** What became of it. */
  diff: Diff;
  /** Whether it still has the owner it had: only root can give a file away. */
  ownerKept: boolean;
}

/**
 * Replaces a text in a file by another, even where the text is not remembered quite exactly.
 *
 * `old` is sought as it is first, then with other white space, then by similarity; it must fit one place. Line ends of
 * `old` and `new` do not matter: the file keeps its own. Every byte outside the place stays as it is.
 */
export interface EditInput {
  /** The file. */
  path: string;
  /** The text to be replaced; whole lines, with enough around them to fit one place only. */
  old: string;
  /** What stands there afterwards, literally. Where `old` was found at another indentation, it is indented so too. */
  new: string;
  /** Replace every place; then every word of `old` must be right. Default: `false`. */
  replaceAll?: boolean;
  /** Take placeholders like `// ... existing code ...` in `new` literally. Default: `false`, they are refused. */
  allowOmission?: boolean;
  /** Change only if the file holds just this (a `hash` given by `read` or by a change). Default: whatever it holds. */
  expectedHash?: ContentHash | null;
}

/** How `old` was found. */
export type Strategy = "simple" | "line-trimmed" | "block-anchor" | "whitespace-normalized" | "indentation-flexible" | "escape-normalized" | "trimmed-boundary" | "context-aware" | "multi-occurrence";

/** One place that was replaced. */
export interface Replacement {
  /** Where it stood in the old text. */
  before: Span;
  /** Where the replacement stands in the new text. */
  after: Span;
}

/** A part of a text. */
export interface Span {
  /** Its first byte, from 0, in the text as UTF-8. */
  startByte: number;
  /** The byte behind it. */
  endByte: number;
  /** The line it begins on, from 1. */
  firstLine: number;
  /** The last line it has a byte of; the first where it is empty. */
  lastLine: number;
}

/** A file in which a text was replaced. */
export interface EditOutput {
  /** The file. */
  path: string;
  /** The hash of what it holds now. */
  hash: ContentHash;
  /** How `old` was found. */
  strategy: Strategy;
  /** How many places were replaced. */
  count: number;
  /** The first of them, at most 50; lines, and bytes of the file. */
  replacements: Replacement[];
  /** What became of the file. */
  diff: Diff;
  /** Whether it still has the owner it had: only root can give a file away. */
  ownerKept: boolean;
}

/** One edit of several; its fields are those of `edit`. */
export interface PlannedEdit {
  /** The file. Default: the `path` of the call. */
  path?: string | null;
  /** The text to be replaced. */
  old: string;
  /** What stands there afterwards. */
  new: string;
  /** Replace every place. Default: `false`. */
  replaceAll?: boolean;
  /** Take placeholders in `new` literally. Default: `false`. */
  allowOmission?: boolean;
  /** Change only if the file held just this before the call. Default: whatever it holds. */
  expectedHash?: ContentHash | null;
}

/**
 * Makes several edits in one file or more, all of them or none.
 *
 * Each edit sees what those before it did. All are planned first; when one is refused, its index is told and no file
 * is touched.
 */
export interface MultiEditInput {
  /** The file of the edits that name none. */
  path?: string | null;
  /** The edits, in their order; at most 1,000. */
  edits: PlannedEdit[];
}

/** A file that was edited. */
export interface EditedFile {
  /** The file. */
  path: string;
  /** The hash of what it holds now. */
  hash: ContentHash;
  /** What became of it, by all edits together. */
  diff: Diff;
  /** Whether it still has the owner it had: only root can give a file away. */
  ownerKept: boolean;
}

/** One edit that was made. */
export interface MadeEdit {
  /** The file. */
  path: string;
  /** How `old` was found. */
  strategy: Strategy;
  /** How many places were replaced. */
  count: number;
  /** The first of them, at most 50; lines and bytes as the file would be right before and right after this edit. */
  replacements: Replacement[];
}

/** What several edits did. */
export interface MultiEditOutput {
  /** The files, in the order in which edits first name them. */
  files: EditedFile[];
  /** The edits, in their order. */
  edits: MadeEdit[];
}

/**
 * Applies a patch to several files: all of it, or nothing.
 *
 * The patch stands between `*** Begin Patch` and `*** End Patch`. For each file there is a header,
 * `*** Add File: PATH` (then every line with `+` before it), `*** Delete File: PATH`, or `*** Update File: PATH`,
 * after which `*** Move to: PATH` may follow, and then chunks: `@@`, or `@@ ` and a line to go past, then lines that
 * begin with a blank (stay), `-` (go) or `+` (come). Chunks stand in the order of the file. `*** End of File` after a
 * chunk says that its lines are the last. A chunk that only adds does so after its `@@` line, or else at the end.
 *
 * Lines are found where blanks at their ends, indentation, or typographic dashes and quotes differ. Lines that stay
 * keep every byte; new ones end as those of the file do; encoding, byte-order mark and final newline stay as they
 * were.
 */
export interface PatchInput {
  /** The patch. At most 16 MiB. */
  patch: string;
  /** Hashes that files must have before, by path: `{"src/a.rs": "blake3:…"}`. If one has another, nothing is changed. */
  expectedHashes?: Record<string, ContentHash>;
}

/** What became of one file. */
export interface PatchedFile {
  /** Its path now, or the one it had. */
  path: string;
  /** What became of it. */
  status: Status;
  /** Where it was before, if it has moved. */
  movedFrom?: string | null;
  /** The hash of its content now; none of one that is gone. */
  hash?: ContentHash | null;
  /** Where each chunk is in it now. Of two hunks for one file, the first counts lines as they were before the second. */
  ranges: Placed[];
  /** What changed in it; empty where its content is no text. */
  diff: Diff;
}

/** What became of a file. */
export type Status = "A" | "M" | "D" | "R";

/** Where a chunk ended up. */
export interface Placed {
  /** Its first line in the new text, from 1. */
  start: number;
  /** How many lines it has there, lines that stay included; 0: it only took lines away, before `start`. */
  lines: number;
  /** How exactly its lines were found. */
  found: Pass;
}

/** How exactly the lines of a chunk were found. */
export type Pass = "exact" | "trimmedEnd" | "trimmed" | "typography";

/** What the patch did. */
export interface PatchOutput {
  /** One row for each file, in the order of the patch. */
  files: PatchedFile[];
}

/** What the tool does with snapshots. */
export type Action = "list" | "take" | "diff" | "restore" | "forget";

/**
 * Snapshots of what tools change: take one, see what has changed since, go back, forget.
 *
 * A snapshot copies nothing by itself, but the files in `paths`: every file that a tool touches after it is copied
 * just before. Going back is kept as a snapshot, too, so that it can be undone.
 */
export interface SnapshotInput {
  /** What to do. */
  action: Action;
  /** The snapshot: needed by `diff` and `restore`; `list` then gives its files, `forget` forgets just it. */
  id?: number | null;
  /** What the new snapshot is called. At most 200 characters. */
  label?: string | null;
  /**
   * `take`: files to copy at once, because a command will change them. `diff`, `restore`: only these files, or what
   * is in these folders; all by default.
   */
  paths?: string[];
  /** `forget`: all snapshots taken longer ago than this, in seconds. */
  olderThanSeconds?: number | null;
}

/** A snapshot in a list. */
export interface Listed {
  /** Its id. */
  id: number;
  /** What it is called. */
  label: string;
  /** When it was taken, in milliseconds since 1970. */
  time: number;
  /** How many files were touched between it and the next. */
  count: number;
  /** Those files; only where `id` was given. */
  paths?: string[] | null;
}

/** A path that is not as it was. */
export interface ChangedFile {
  /** As a caller would write it. */
  path: string;
  /** What was there. */
  before: Side;
  /** What is there now. */
  after: Side;
  /** The difference of two texts, or of a text and nothing; `null` where one of them is no text, or too large. */
  diff?: Diff | null;
}

/** What is at a path at one time. */
export type Side = {
  kind: "absent";
} | {
  kind: "file";
  /** Its size. */
  bytes: number;
  /** Its permission bits, in octal. */
  mode?: string | null;
} | {
  kind: "link";
  /** What it leads to. */
  target: string;
} | {
  kind: "other";
};

/** What became of a file. */
export interface RestoredFile {
  /** As a caller would write it. */
  path: string;
  /** What became of it. */
  outcome: Outcome;
}

/** What restoring did with a path. */
export type Outcome = "restored" | "removed" | "unchanged" | "notOurs" | "noCopy" | "wouldBeLost" | "inTheWay";

/** A file of which there is no copy. */
export interface NotKeptFile {
  /** As a caller would write it. */
  path: string;
  /** Its size. */
  bytes: number;
  /** Why. */
  reason: NotKept;
}

/** Why a file was not copied. */
export type NotKept = "tooLarge" | "storeFull";

/** What came of it. Only the fields that the action has are there. */
export interface SnapshotOutput {
  /** `take`: the new snapshot. `restore`: the one that takes it back; none where nothing was to be done. */
  id?: number | null;
  /** `list`: the newest first. */
  snapshots?: Listed[] | null;
  /** `list`: the size of all copies, in bytes. */
  storeBytes?: number | null;
  /** `diff`: what is not as it was. */
  changed?: ChangedFile[] | null;
  /** `restore`: each path that was touched since. */
  restored?: RestoredFile[] | null;
  /** `forget`: how many snapshots. */
  forgotten?: number | null;
  /** `take`, `list`: files that were not copied, and cannot be restored. */
  notKept?: NotKeptFile[];
}

/** In which order results are given; where there are more than the limit, the first of this order are. */
export type Order = "newest" | "path";

/**
 * Finds files whose paths match a pattern, the last changed first.
 *
 * A pattern without a slash matches names at any depth (`*.ts`), one with a slash paths from the searched folder
 * (`src/** /*.ts`); `*` stops at slashes, `**` does not, `{a,b}` works, `[a-z]` and `?` are one character of any
 * alphabet, a backslash takes the next character literally. Only the folder that the pattern can match in is walked. A
 * pattern that is the path of a file means that file, whatever characters it has.
 *
 * Ignored files (`.gitignore`, `.ignore`, `.git/info/exclude`) are left out and counted, unless the pattern names
 * them: its last part is the plain name of the file, or another part that of the ignored folder. What lies in `.git`
 * is left out in the same way, and not counted.
 */
export interface GlobInput {
  /** The glob. Absolute ones are taken as such where they begin with an existing folder. */
  pattern: string;
  /** The folder to search, from the project's. Default: the project's. */
  path?: string | null;
  /** Globs of files and folders that are left out. */
  exclude?: string[];
  /** Folders are results too; their paths end in `/`. Default: no. */
  folders?: boolean;
  /** Upper and lower case are the same. Default: no. */
  caseInsensitive?: boolean;
  /** Names that begin with a dot are found too, as are those in such folders. Default: yes. */
  hidden?: boolean;
  /** Rules of ignored files count. Default: yes. */
  respectIgnore?: boolean;
  /** Links are followed where they stay inside the project. Default: no. */
  followLinks?: boolean;
  /** `newest` or `path`. Default: `newest`. */
  order?: Order;
  /** How many files are given. Default: limit `search.paths`. */
  limit?: number | null;
}

/** A file that was found. */
export interface FoundFile {
  /** From the project's folder, with `/`; a folder ends in `/`. */
  path: string;
  /** Bytes of the name are no UTF-8 and stand replaced in `path`, which therefore opens nothing. */
  lossy: boolean;
  /** Size in bytes. */
  bytes?: number | null;
  /** Last change, in milliseconds since 1970. */
  modifiedMs?: number | null;
}

/** What ignored files hold that would have been a result. */
export interface IgnoredMatches {
  /** Ignored files that match. */
  files: number;
  /** Matching lines in them; only for searches of content. */
  matches?: number | null;
  /** All were looked at. `false`: there may be more; looking ends at a limit. */
  exact: boolean;
}

/** How much of the tree a search has seen. */
export interface Coverage {
  /**
   * Everything that was to be searched was; counts are whole. `false`: results and counts are what was found until
   * then.
   */
  complete: boolean;
  /** Why it ended early: `deadline` or `cancelled`. */
  stopped?: string | null;
  /** Files and folders that could not be read. */
  unreadable: Skipped;
  /** Followed links that led round in a circle, and were cut there. */
  loops: number;
  /** Links that were not followed, though asked for, because they lead nowhere or out of the project. */
  linksNotFollowed: number;
}

/** What could not be read. */
export interface Skipped {
  /** How many. */
  count: number;
  /** The first few of them. */
  first: SkippedPath[];
}

/** A path that could not be read, and why. */
export interface SkippedPath {
  /** From the project's folder. */
  path: string;
  /** What the system said. */
  reason: string;
}

/** The files found. */
export interface GlobOutput {
  /** In the order asked for. */
  files: FoundFile[];
  /** How many match, those beyond the limit included. */
  total: number;
  /** More match than are given. */
  truncated: boolean;
  /** What ignored files hold beside these. */
  ignored: IgnoredMatches;
  /** How much of the tree was seen. */
  coverage: Coverage;
}

/** What a search of content gives. */
export type GrepMode = "content" | "files" | "count";

/** Whether upper and lower case differ. */
export type Case = "sensitive" | "insensitive" | "smart";

/**
 * Searches the content of files for a regular expression, and gives the matching lines of the last changed files
 * first.
 *
 * The expressions are those of Rust's `regex`: linear in time, without look-around and back-references. Lines end in
 * `\n` or `\r\n`; `$` matches before either. Files with a byte-order mark of UTF-16 are decoded; binary files (those
 * with a NUL byte) are skipped and counted. Every file is searched to its end, so that the totals are whole, unless
 * `stopAtLimit` is set or the time is up.
 *
 * Ignored files (`.gitignore`, `.ignore`, `.git/info/exclude`) are left out, and what they hold is counted; a `path`
 * or an `include` that names them takes them in. What lies in `.git` is left out in the same way, and not counted.
 */
export interface GrepInput {
  /** The regular expression, or the text where `fixedStrings` is set. */
  pattern: string;
  /** The folder or file to search, from the project's folder. Default: the project's folder. */
  path?: string | null;
  /** Only files that match one of these globs; as in `glob`. */
  include?: string[];
  /** No files or folders that match one of these globs. */
  exclude?: string[];
  /** Only files of these types, such as `rust`, `py`, `ts`: the names of ripgrep's `--type-list`. */
  types?: string[];
  /** No files of these types. */
  excludeTypes?: string[];
  /** What is given: `content`, `files` or `count`. Default: `content`. */
  mode?: GrepMode;
  /** `sensitive`, `insensitive` or `smart`. Default: `sensitive`. */
  case?: Case;
  /** The pattern is text, not an expression. Default: no. */
  fixedStrings?: boolean;
  /** Matches begin and end at the edge of a word. Default: no. */
  wholeWord?: boolean;
  /** A match may go over several lines, and `.` matches line breaks too. Files are read whole then. Default: no. */
  multiline?: boolean;
  /** Lines that do not match are sought. Default: no. */
  invert?: boolean;
  /** Lines given before each match. Default: those of `context`. */
  before?: number | null;
  /** Lines given after each match. Default: those of `context`. */
  after?: number | null;
  /** Lines given before and after each match. Default: 0. */
  context?: number;
  /** How many matching lines, or files in the other modes, are given. Default: limit `search.matches`. */
  limit?: number | null;
  /** How many matching lines of one file are given. Default: limit `search.matches_per_file`. */
  limitPerFile?: number | null;
  /**
   * Ends the search once the limit is reached: quicker, but which matches are given is chance, and totals are only
   * what was seen until then. Default: no.
   */
  stopAtLimit?: boolean;
  /** `newest` or `path`. Default: `newest`. */
  order?: Order;
  /** Binary files are searched as if they were text. Default: no. */
  binary?: boolean;
  /** Names that begin with a dot are searched too. Default: yes. */
  hidden?: boolean;
  /** Rules of ignored files count. Default: yes. */
  respectIgnore?: boolean;
  /** Ignored files are searched for the count of their matches, within limits. Default: yes. */
  countIgnored?: boolean;
  /** Links are followed where they stay inside the project. Default: no. */
  followLinks?: boolean;
}

/** A file with matches. */
export interface GrepFile {
  /** From the project's folder, with `/`. */
  path: string;
  /** Bytes of the name are no UTF-8 and stand replaced in `path`, which therefore opens nothing. */
  lossy: boolean;
  /** Last change, in milliseconds since 1970. */
  modifiedMs: number;
  /** Matching lines in the file, those not given included; not in mode `files`. */
  matches?: number | null;
  /** Not all of them are given. */
  truncated: boolean;
  /** Matching lines and their context, in the order of the file; only in mode `content`. */
  lines: GrepLine[];
}

/** A matching line, or several that one match goes over, or a line of context. */
export interface GrepLine {
  /** Number of the (first) line, from 1. */
  line: number;
  /** Number of the last line, where there are several. */
  endLine?: number | null;
  /** It does not match; it stands near one that does. */
  context: boolean;
  /** The text without its line ending. Of a long line the part around its first match. */
  text: string;
  /** Where `text` begins: bytes from the beginning of the file. In a UTF-16 file, of its text in UTF-8. */
  offset: number;
  /** Where the first match begins: characters from the beginning of the line, from 1. */
  column?: number | null;
  /** The matches: ranges of bytes in `text`. */
  ranges: ByteRange[];
  /** Bytes of the line left out before `text`. */
  omittedBefore: number;
  /** Bytes of the line left out after `text`. */
  omittedAfter: number;
  /** Bytes that are no UTF-8 stand replaced in `text`. */
  lossy: boolean;
}

/** A range of bytes. */
export interface ByteRange {
  /** The first. */
  start: number;
  /** The one after the last. */
  end: number;
}

/** How much matches. */
export interface GrepTotals {
  /** Files searched. */
  searched: number;
  /** Files with a match. */
  files: number;
  /** Matching lines; not counted in mode `files`. */
  matches?: number | null;
}

/** What was found. */
export interface GrepOutput {
  /** Files with matches, in the order asked for. */
  files: GrepFile[];
  /** Everything that matches, what is beyond the limits included. */
  totals: GrepTotals;
  /** More matches than are given. */
  truncated: boolean;
  /** Binary files that were skipped. */
  binary: number;
  /** What ignored files hold beside these. */
  ignored: IgnoredMatches;
  /** How much of the tree was seen. */
  coverage: Coverage;
}

/**
 * Lists the files under a folder, at any depth, without those that are ignored.
 *
 * Links are listed only where `followLinks` is set or a glob names them.
 */
export interface ListInput {
  /** The folder, from the project's. Default: the project's. */
  path?: string | null;
  /**
   * Only files that match one of these, and none of those that begin with `!`. As in `glob`: without a slash at any
   * depth, with one from the listed folder.
   */
  globs?: string[];
  /** Levels; 1 lists only what lies in the folder itself. Default: all. */
  depth?: number | null;
  /** Folders too; their paths end in `/`. Default: no. */
  folders?: boolean;
  /** Sizes and times are given. Default: no. */
  details?: boolean;
  /** Names that begin with a dot are listed too. Default: yes. */
  hidden?: boolean;
  /** Rules of ignored files count. Default: yes. */
  respectIgnore?: boolean;
  /** Links are followed where they stay inside the project. Default: no. */
  followLinks?: boolean;
  /** `newest` or `path`. Default: `path`. */
  order?: Order;
  /** How many are given. Default: limit `search.listed`. */
  limit?: number | null;
}

/** The files listed. */
export interface ListOutput {
  /** In the order asked for. */
  files: FoundFile[];
  /** How many there are, those beyond the limit included. */
  total: number;
  /** There are more than are given. */
  truncated: boolean;
  /** Ignored files beside these. */
  ignored: IgnoredMatches;
  /** How much of the tree was seen. */
  coverage: Coverage;
}

/**
 * Shows what lies in a folder and, some levels deep, in those within it: folders before files, each by name.
 *
 * Ignored files and folders are left out and counted. Of a folder with very many entries the first are shown, and how
 * many more there are; where the whole has more than the limit, upper levels go before lower ones.
 */
export interface TreeInput {
  /** The folder, from the project's. Default: the project's. */
  path?: string | null;
  /** Levels. Default: limit `search.tree_depth`. */
  depth?: number | null;
  /** Globs of files and folders that are left out. */
  exclude?: string[];
  /** Sizes are given. Default: no. */
  sizes?: boolean;
  /** Names that begin with a dot are shown too. Default: yes. */
  hidden?: boolean;
  /** Rules of ignored files count. Default: yes. */
  respectIgnore?: boolean;
  /** Links are followed where they stay inside the project. Default: no. */
  followLinks?: boolean;
  /** How many entries are shown. Default: limit `search.tree_entries`. */
  limit?: number | null;
}

/** A line of a tree. */
export interface TreeEntry {
  /** From the project's folder, with `/`. */
  path: string;
  /** Bytes of the name are no UTF-8 and stand replaced in `path`. */
  lossy: boolean;
  /** What it is. */
  kind: TreeKind;
  /** Its level: 1 lies in the folder itself. */
  depth: number;
  /** Size in bytes; of files, where asked for. */
  bytes?: number | null;
  /** What lies in this folder and is not shown. */
  more: number;
}

/** What an entry of a tree is. */
export type TreeKind = "folder" | "file" | "link" | "other";

/** A folder at a glance. */
export interface TreeOutput {
  /** A line for each entry, two spaces for each level; folders end in `/`, links in `@`. */
  text: string;
  /** The same as data, in the same order. */
  entries: TreeEntry[];
  /** Some entries are not shown. */
  truncated: boolean;
  /** Ignored files and folders left out; what lies in such folders is not counted. */
  ignored: number;
  /** How much of the tree was seen. */
  coverage: Coverage;
}

/**
 * Finds files and folders by a part of their path, typos forgiven, best first.
 *
 * All words of the query must fit, each anywhere in the path, with gaps; a match in the name counts more than one in
 * the folders, and one with gaps less. Capital letters in a word make its case count. Typos are forgiven only where
 * nothing fits well without: one from 4 characters on, two from 8. What `.gitignore`, `.ignore` and
 * `.git/info/exclude` name is not found, hidden files are. At the deadline it answers with what was seen until then.
 */
export interface FindInput {
  /** The folder to look in. Default: the project. */
  path?: string | null;
  /** What to look for. Empty: the first files that come. */
  query: string;
  /** How many paths to give. Default: 20. */
  limit?: number | null;
}

/** A path that fits a query. */
export interface Found {
  /** With `/` between its parts. */
  path: string;
  /** It names a folder. */
  folder: boolean;
  /** How well it fits: 1000 is a match without gaps at the start of a word, up to 1500 the more of the name it is. */
  score: number;
  /** The bytes of `path` that matched. */
  ranges: FindByteRange[];
}

/** Bytes of a text, `start` inclusive, `end` exclusive; both lie between characters. */
export interface FindByteRange {
  /** The first byte. */
  start: number;
  /** The byte after the last. */
  end: number;
}

/** What fits best. */
export interface FindOutput {
  /** Best first; paths as other tools take them. `ranges` are bytes of `path`. */
  matches: Found[];
  /** Files and folders that were looked at. */
  entries: number;
  /** All of the tree was seen; `false`: the deadline came before. */
  complete: boolean;
}

/**
 * Reads a shell command without running it: the commands in it, the paths they touch, and whether it only looks.
 *
 * Commands are found wherever a shell would run them: in pipelines and lists, substitutions, functions and loops, and
 * as text given to `sh -c`, `eval`, `xargs`, `env`, `sudo`, `find -exec` and their like. Nothing is run; paths are
 * resolved, links followed, against the folder the command would be in, `cd` within the script included.
 */
export interface ParseShellInput {
  /** The command, as a shell would get it. */
  command: string;
  /** The folder it would run in; default: the project's. It may lie outside of it. */
  cwd?: string | null;
  /** What `~` and `$HOME` stand for. Without it they are unknown. */
  home?: string | null;
}

/** Whether a command may run without a question. */
export type Safety = "safe" | "unknown" | "dangerous";

/** One command. */
export interface ShellCommand {
  /** As written, with its assignments and redirects. */
  text: string;
  /** Where. A command out of a quoted script has the range of that script when its text is not found there verbatim. */
  span: ParseShellSpan;
  /** What it runs: its first word, unquoted; empty when that is not known, or when it only assigns. */
  name: string;
  /** Its words with the name, unquoted. */
  words: Word[];
  /** `NAME=value` in front of it. */
  assignments: Assignment[];
  /** Its redirects. Those of a group stand at its first command. */
  redirects: Redirect[];
  /**
   * The first words that say what it does, as `docker compose up`: the rule for "always" is `prefix *`. Empty
   * without a known name.
   */
  prefix: string;
  /**
   * The command it was found in (an index): in its substitution, or as what `sh -c`, `sudo`, `xargs` and their like
   * run.
   */
  within?: number | null;
  /** Whether it does nothing but run the commands found in it: `timeout 5 …`, `sh -c '…'`, but not `sudo …`. */
  transparent: boolean;
  /** Judged by itself. */
  safety: Safety;
}

/** A part of the source, in bytes: from `start` up to, not including, `end`. */
export interface ParseShellSpan {
  /** The first byte. */
  start: number;
  /** The byte after the last. */
  end: number;
}

/** One word of a command. */
export interface Word {
  /** Unquoted when static; as written when dynamic. */
  text: string;
  /** Whether only a shell can say what it becomes: variables, substitutions, braces, globs. */
  dynamic: boolean;
}

/** `NAME=value` in front of a command, or alone. */
export interface Assignment {
  /** The variable. */
  name: string;
  /** What it is given. */
  value: Word;
}

/** A redirect to or from a file. Copies of descriptors (`2>&1`) and here-documents are none. */
export interface Redirect {
  /** `>`, `>>`, `<`, `&>`, `&>>`, `>|`, `<>`, `>&`, `<&`. */
  operator: string;
  /** The file. */
  target: Word;
}

/** A path that a command touches. */
export interface TouchedPath {
  /** As written, unquoted; cut before the first glob character. */
  path: string;
  /** What happens to it. */
  usage: PathUse;
  /** What it names, links followed; absolute. Missing when only a shell can say. */
  resolved?: string | null;
  /** Whether it leads out of the project, or may: a path that is not resolved may lead anywhere. */
  outside: boolean;
  /** Which command touches it (an index); missing for the folder the whole script starts in. */
  command?: number | null;
}

/** What happens to a path. */
export type PathUse = "enter" | "read" | "mention" | "create" | "write" | "delete";

/** Why a script is not safe. */
export interface Doubt {
  /** What it is about. */
  kind: DoubtKind;
  /** In which command (an index), where it is about one. */
  command?: number | null;
  /** Which danger, where `kind` is `danger`. */
  danger?: Danger | null;
}

/** What a doubt is about. */
export type DoubtKind = "danger" | "syntax" | "bound" | "dynamic" | "assignment" | "redirect" | "control" | "command";

/** The kinds of danger. */
export type Danger = "removal" | "device" | "forkBomb" | "fetchedCode" | "shutdown";

/** The first place that does not parse. */
export interface SyntaxError {
  /** Its first byte in the source. */
  offset: number;
  /** Its line, from 1. */
  line: number;
}

/** What was read. */
export interface ParseShellOutput {
  /** Judged over all commands: the worst of them. */
  safety: Safety;
  /** The commands, in the order of their text; those found inside another follow it. */
  commands: ShellCommand[];
  /** The paths they touch, redirects and folders changed into included. */
  paths: TouchedPath[];
  /** Why it was not judged safe, first doubt first. Empty exactly when it is safe. */
  doubts: Doubt[];
  /**
   * Whether something was not read at all: a syntax error, or a bound that was reached. Such a script may do more
   * than is listed here.
   */
  uncertain: boolean;
  /** The first place that does not parse. */
  error?: SyntaxError | null;
}

/**
 * What a sandboxed command may do. It reads everywhere, and writes to `/dev/null` and its like and to a temporary
 * folder of its own (`TMPDIR`), which is removed afterwards.
 */
export interface SandboxInput {
  /**
   * Folders it may write in, within the project. One that is not there is left out, with a note. Default: the
   * project.
   */
  writable?: string[] | null;
  /** Whether it reaches the network. Default: false. */
  network?: boolean;
  /**
   * Whether it runs with less where the kernel cannot do all of it; the result then says what there was. Default:
   * false, it does not run.
   */
  bestEffort?: boolean;
}

/**
 * Runs a command in a shell and gives what it printed, its exit code or signal, and what it used.
 *
 * It has no input and no terminal. The call is over when the command has ended and shortly after; what it leaves in
 * the background goes on (and is listed), but has nobody to print to any more: redirect its output into a file. At a
 * time-out the command is ended with all its descendants, and what it printed till then is the result.
 */
export interface ShellInput {
  /** The command, in the language of the shell. */
  command: string;
  /** The folder it runs in, within the project. Default: the project's. */
  workdir?: string | null;
  /** Variables of its environment; `null` takes one out. */
  env?: Record<string, string | null>;
  /** Whether it inherits the environment of this process. Default: true. */
  inheritEnv?: boolean;
  /**
   * Whether colours, pagers and questions are turned off by variables such as `NO_COLOR` and `PAGER=cat`. Default:
   * true.
   */
  agentEnv?: boolean;
  /**
   * The shell, by name or absolute path; it must understand `-c`. Default: `bash`, where there is none `sh`, looked
   * for in the `PATH` the command gets.
   */
  shell?: string | null;
  /** How long it may run, in milliseconds. Default and most: see the limits. */
  timeoutMs?: number | null;
  /** How long it may print nothing, in milliseconds. Default: see the limits. */
  idleTimeoutMs?: number | null;
  /**
   * How much of each text is given, in bytes: the first third from its beginning, the rest from its end. Default and
   * most: see the limits.
   */
  outputBytes?: number | null;
  /** Whether colours and other escape sequences are taken out of what it prints. Default: true. */
  stripAnsi?: boolean;
  /** Whether what it left in the background is ended, too. Default: false. */
  killBackground?: boolean;
  /**
   * Keeps it from writing outside of given folders, and from the network. Default: not; but `ironbridge tool` always
   * does, without `--no-sandbox`, and then this can only name fewer folders.
   */
  sandbox?: SandboxInput | null;
}

/** Why a run is over. */
export type Ending = "exited" | "signalled" | "timedOut" | "idle" | "cancelled";

/** A text with its middle left out where it was too long. */
export interface Printed {
  /**
   * The text; where something is left out, a line in its place says how much. Bytes that are no UTF-8 show as
   * U+FFFD.
   */
  text: string;
  /** Bytes printed, those left out counted. */
  bytes: number;
  /** Lines printed, those left out counted. */
  lines: number;
  /** Bytes left out. */
  omittedBytes: number;
  /** Line ends left out. */
  omittedLines: number;
}

/** What a command used. */
export interface UsageReport {
  /** Time that passed, in milliseconds. */
  wallMs: number;
  /** Time on the processor, in milliseconds. */
  userMs: number;
  /** Time the kernel worked for it, in milliseconds. */
  systemMs: number;
  /**
   * The largest memory one of its processes held, in bytes. Null when that was less than this process itself holds:
   * the kernel counts from the fork and cannot tell the two apart.
   */
  maxResidentBytes?: number | null;
}

/** What a sandbox did. */
export interface SandboxReport {
  /** How files were guarded. */
  files: FilesGuard;
  /** How the network was. */
  network: NetworkGuard;
  /** Where it could write, links followed. */
  writable: string[];
  /** What was otherwise than asked for. */
  notes: string[];
}

/** How files were guarded. */
export type FilesGuard = "full" | "partial" | "none";

/** How the network was. */
export type NetworkGuard = "blocked" | "open";

/** How a command ended and what it printed. */
export interface ShellOutput {
  /** Why it is over. */
  ended: Ending;
  /** What it exited with; null when a signal ended it. */
  exitCode?: number | null;
  /** The signal that ended it, as `SIGKILL`. */
  signal?: string | null;
  /** As a shell would say it: the exit code, or 128 and the number of the signal. */
  status: number;
  /** All it printed, in the order it came. */
  output: Printed;
  /** What it printed to standard output. */
  stdout: Printed;
  /** What it printed to standard error. */
  stderr: Printed;
  /**
   * The file that has all of `output`, when the text here has not. It is kept for a week, or until many newer ones
   * are there.
   */
  fullOutput?: string | null;
  /**
   * How many bytes at the end are missing in that file too, for it would have become too large, or could not be
   * written.
   */
  fullOutputMissingBytes: number;
  /** Numbers of processes it left in the background that still held its output. */
  background: number[];
  /** What it used, with the children it waited for. */
  usage: UsageReport;
  /** What the sandbox did, where there was one. */
  sandbox?: SandboxReport | null;
  /** Whether the failure looks like the sandbox's doing: it may be worth asking to run it without. */
  likelySandboxed: boolean;
}

/**
 * Waits for changes of a file or beneath a folder, and tells them.
 *
 * What `.gitignore`, `.ignore` and `.git/info/exclude` name is not watched. A rename is the delete of one path and the
 * create of another. Without `first` it collects for the whole time; a deadline ends the time and is no error.
 */
export interface WatchInput {
  /** The file or folder. Default: the project. */
  path?: string | null;
  /** How long to wait, in seconds. Default: 10. */
  seconds?: number | null;
  /** Return with the first changes. Default: no. */
  first?: boolean;
  /** Return with so many changes. Default: 1,000. */
  limit?: number | null;
}

/** One change beneath a watched root. */
export interface Change {
  /** What happened. */
  kind: WatchChangeKind;
  /** Relative to the root, with `/` between its parts; empty: the root itself. */
  path: string;
  /** It is, or was, a folder. */
  folder: boolean;
}

/** What happened to a path. */
export type WatchChangeKind = "create" | "update" | "delete" | "rescan" | "limit" | "ended";

/** Why the tool returned. */
export type WatchEnd = "time" | "first" | "limit" | "ended";

/** What was told. */
export interface WatchOutput {
  /** In the order they were told; paths relative to `path` of the input. */
  changes: Change[];
  /** Why it returned. */
  end: WatchEnd;
}

/**
 * Says what is checked out in a git repository: branch, commit, upstream with ahead and behind, an operation in
 * progress, and how many files differ.
 *
 * One process of git. Untracked folders are counted once, not gone through: `git-status` does that.
 */
export interface GitInfoInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
}

/** The branch that another one follows. */
export interface Upstream {
  /** Such as `origin/main`. */
  name: string;
  /** Commits here that it lacks; missing when it is gone. */
  ahead?: number | null;
  /** Commits there that we lack; missing when it is gone. */
  behind?: number | null;
}

/** An operation that waits to be continued or aborted. */
export interface Operation {
  /** Which. */
  kind: OperationKind;
  /** The branch that is rebased. */
  branch?: string | null;
  /** The commit it stopped at, from 1. */
  step?: number | null;
  /** How many commits there are. */
  steps?: number | null;
}

/** The operations that can stop halfway. */
export type OperationKind = "merge" | "rebase" | "applyMailbox" | "cherryPick" | "revert" | "bisect";

/** How many files differ. Each file is counted once, except in `staged`. */
export interface Counts {
  /** New files that are staged. */
  added: number;
  /** Changed, renamed and retyped files, and submodules. */
  modified: number;
  /** Deleted files. */
  deleted: number;
  /** Files (or folders, where they are not gone through) that git does not know. */
  untracked: number;
  /** Files in conflict. */
  conflicts: number;
  /** Files with something staged. */
  staged: number;
}

/** A repository in short. */
export interface GitInfoOutput {
  /** The top folder of its files; absolute. */
  root: string;
  /** The current branch; missing when a commit is checked out without one (detached). */
  branch?: string | null;
  /** The current commit, its whole hash; missing when there is none yet (unborn). */
  commit?: string | null;
  /** The first 7 characters of the hash. */
  short?: string | null;
  /** Whether a commit is checked out without a branch. */
  detached: boolean;
  /** Whether the branch has no commit yet. */
  unborn: boolean;
  /** The branch that the current one follows, if it follows one. */
  upstream?: Upstream | null;
  /** What it is in the middle of. */
  operation?: Operation | null;
  /** How many files differ; those outside the project are not counted. */
  counts: Counts;
}

/** What is said of untracked files. */
export type Untracked = "all" | "folders" | "none";

/**
 * Says which files of a git repository differ: staged, not staged, untracked, in conflict, renamed.
 *
 * One process of git, which writes nothing: no lock is taken that another git could meet.
 */
export interface GitStatusInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
  /** What is said of files that git does not know. Default: `all`. */
  untracked?: Untracked;
}

/** One file that differs. */
export interface FileStatus {
  /**
   * Relative to where relative paths start, if it lies there. An untracked folder ends with `/`. Bytes that are no
   * UTF-8 are shown as U+FFFD.
   */
  path: string;
  /** What is staged: the index against the commit. */
  index?: GitStatusChange | null;
  /** What is not staged: the file against the index. */
  worktree?: GitStatusChange | null;
  /** Whether something is staged. A file can be both staged and unstaged. */
  staged: boolean;
  /** Whether something is not staged, of a file that git knows. */
  unstaged: boolean;
  /** Whether git does not know it. */
  untracked: boolean;
  /** What each side did, of a file in conflict, which is neither staged nor unstaged. */
  conflict?: Conflict | null;
  /** Its name before, or what it was copied from. */
  from?: string | null;
  /** Of a submodule. */
  submodule?: SubmoduleChange | null;
}

/** What happened to one side of a file. */
export type GitStatusChange = "modified" | "retyped" | "added" | "deleted" | "renamed" | "copied";

/** What each side of a merge did. */
export type Conflict = "bothDeleted" | "addedByUs" | "deletedByThem" | "addedByThem" | "deletedByUs" | "bothAdded" | "bothModified";

/** What differs in a submodule. */
export interface SubmoduleChange {
  /** Another commit is checked out than the one recorded. */
  commit: boolean;
  /** Tracked files in it are changed. */
  modified: boolean;
  /** It has untracked files. */
  untracked: boolean;
}

/** A repository with the files that differ. */
export interface GitStatusOutput {
  /** The top folder of its files; absolute. */
  root: string;
  /** The current branch; missing when a commit is checked out without one (detached). */
  branch?: string | null;
  /** The current commit, its whole hash; missing when there is none yet (unborn). */
  commit?: string | null;
  /** The first 7 characters of the hash. */
  short?: string | null;
  /** Whether a commit is checked out without a branch. */
  detached: boolean;
  /** Whether the branch has no commit yet. */
  unborn: boolean;
  /** The branch that the current one follows, if it follows one. */
  upstream?: Upstream | null;
  /** What it is in the middle of. */
  operation?: Operation | null;
  /** How many files differ. */
  counts: Counts;
  /** The files that differ, in git's order, untracked ones last. Limit: `vcs.status_files`. */
  files: FileStatus[];
  /** Whether there are more files than are listed. */
  truncated: boolean;
}

/**
 * Gives the differences of a git repository as a unified diff, with the lines added and removed per file.
 *
 * Without options: what is not staged. Untracked files are not part of it; `git-status` lists them. Paths inside the
 * text are relative to the top folder of the repository.
 */
export interface GitDiffInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
  /** Only this file or folder, relative to where relative paths start. */
  file?: string | null;
  /** What is staged, instead of what is not. Default: false. */
  staged?: boolean;
  /** The branch, tag or commit to compare with, instead of the index (or, with `staged`, the newest commit). */
  base?: string | null;
  /**
   * Compares with the commit where `base` and the current branch parted, so that what happened on `base` since is
   * left out. Default: false.
   */
  mergeBase?: boolean;
  /** Only the figures, no text. Default: false. */
  stat?: boolean;
}

/** One file that differs. */
export interface DiffFile {
  /** Relative to where relative paths start, if it lies there. */
  path: string;
  /** Its name before. */
  from?: string | null;
  /** Lines added; missing for a binary file. */
  added?: number | null;
  /** Lines removed; missing for a binary file. */
  removed?: number | null;
  /** Whether it is binary: its differences are no lines. */
  binary: boolean;
}

/** Differences. */
export interface GitDiffOutput {
  /** The files that differ. */
  files: DiffFile[];
  /** The unified diff; empty with `stat`. Bytes that are no UTF-8 are shown as U+FFFD. Limit: `vcs.diff_bytes`. */
  text: string;
  /** Whether the text was cut off at the limit; `files` is whole all the same. */
  truncated: boolean;
}

/**
 * Stages files for the next commit: changed, new and deleted ones.
 *
 * Names are literal, never patterns. A folder stands for all in it. A name that is neither there nor tracked is
 * refused before anything is staged; an ignored file is refused after the others were staged, as git does.
 */
export interface GitStageInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
  /** The files and folders to stage, relative to where relative paths start. */
  files?: string[];
  /** Instead of `files`: everything that differs, also untracked files. Default: false. */
  all?: boolean;
  /** Instead of `files`: everything that differs of the files git knows. Default: false. */
  update?: boolean;
}

/** What is staged now. */
export interface GitStageOutput {
  /** How many files differ now, untracked folders counted once. */
  counts: Counts;
}

/**
 * Takes files out of the next commit again; the files themselves are not touched.
 *
 * It works before the first commit, too. A merge in progress goes on.
 */
export interface GitUnstageInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
  /** The files and folders to unstage, relative to where relative paths start. */
  files?: string[];
  /** Instead of `files`: everything that is staged. Default: false. */
  all?: boolean;
}

/** What is staged now. */
export interface GitUnstageOutput {
  /** How many files differ now, untracked folders counted once. */
  counts: Counts;
}

/**
 * Commits what is staged. The repository's hooks run, and commits are signed where its config says so.
 *
 * The message is taken as it is, also lines that begin with `#`; blank lines at its ends and spaces at the ends of
 * lines are cut off. When a hook refuses, `hook_failed` holds what it printed.
 */
export interface GitCommitInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
  /** The message: a subject line, or all of it. With `amend` it may be missing: the old one is kept. */
  message?: string | null;
  /** What follows the subject, after a blank line. */
  body?: string | null;
  /** Replaces the newest commit. Default: false. */
  amend?: boolean;
  /** Also commits when nothing is staged. Default: false. */
  allowEmpty?: boolean;
  /** Leaves out the hooks `pre-commit` and `commit-msg`. Default: false. */
  noVerify?: boolean;
}

/** The commit that was made. */
export interface GitCommitOutput {
  /** Its whole hash. */
  commit: string;
  /** As much of it as tells it apart. */
  short: string;
  /** The hashes of its parents. */
  parents: string[];
  /** The author's name. */
  author: string;
  /** The author's address. */
  email: string;
  /** When it was written, in seconds since 1970. */
  time: number;
  /** Branches and tags that point to it, such as `HEAD -> main`. */
  names: string[];
  /** The first paragraph of its message, in one line. */
  subject: string;
  /** The rest of its message. */
  body: string;
  /** What hooks and git printed besides. Limit: `vcs.message_bytes`. */
  hookOutput: string;
}

/**
 * Lists the branches of a git repository, newest first; makes one; changes to one.
 *
 * With `switch` alone the branch must exist, here or at exactly one remote, which is followed then. With both `create`
 * and `switch` of the same name the branch is made and changed to. Changes that are not committed are carried along,
 * or it is refused; nothing is lost. The hook `post-checkout` runs.
 */
export interface GitBranchesInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
  /** Makes a branch of this name. */
  create?: string | null;
  /** The branch, tag or commit the new branch starts at. Default: what is checked out. */
  from?: string | null;
  /** Changes to the branch of this name. */
  switch?: string | null;
  /** Lists the branches of remotes as well. Default: false. */
  remotes?: boolean;
}

/** One branch. */
export interface Branch {
  /** Such as `main`, or `origin/main` of a remote. */
  name: string;
  /** Whether it is one of a remote. */
  remote: boolean;
  /** Whether it is checked out here. */
  current: boolean;
  /** Its newest commit. */
  commit: string;
  /** When that was committed, in seconds since 1970. */
  time?: number | null;
  /** The first paragraph of that commit's message. */
  subject: string;
  /** The branch it follows. */
  upstream?: Upstream | null;
  /** The worktree it is checked out in. */
  worktree?: string | null;
}

/** The branches after the call. */
export interface GitBranchesOutput {
  /** The current one; missing when a commit is checked out without one, or there is no commit yet. */
  current?: string | null;
  /** Newest first. Limit: `vcs.branches`. */
  branches: Branch[];
  /** Whether there are more. */
  truncated: boolean;
}

/** A format of archives. */
export type Format = "zip" | "tar" | "tar.gz" | "tar.zst";

/**
 * Makes an archive of files and folders: zip, tar, tar.gz or tar.zst.
 *
 * Links are kept as links; what they lead to is not read. Devices, FIFOs and sockets are left out and told. The
 * archive is the same for the same files: sorted, without owners. It appears whole or not at all.
 */
export interface ArchiveInput {
  /** The archive to make. */
  path: string;
  /** The files and folders to put into it. */
  sources: string[];
  /** The folder that names in the archive start from; sources lie in it. Default: where relative paths start. */
  root?: string | null;
  /** The format. Default: as the name of the archive says. */
  format?: Format | null;
  /** Whether a file of that name may be replaced. Default: false. */
  overwrite?: boolean;
  /**
   * One time for all entries, in seconds since 1970, so that the archive depends on contents alone. Default: the
   * time of each file.
   */
  modified?: number | null;
}

/** Something that was left out. */
export interface ArchiveSkipped {
  /** Its name. */
  path: string;
  /** Why. */
  reason: string;
}

/** The archive that was made. */
export interface ArchiveOutput {
  /** Where it is. */
  path: string;
  /** What it is. */
  format: Format;
  /** Files, folders and links in it. */
  entries: number;
  /** Bytes of the files in it. */
  contentBytes: number;
  /** Its own size. */
  bytes: number;
  /** What was left out. */
  skipped: ArchiveSkipped[];
}

/**
 * What happens with files that are there already. Folders are shared; a file never takes the place of a folder, nor
 * the other way round.
 */
export type Existing = "refuse" | "keep" | "replace";

/**
 * Takes an archive out into a folder: zip, tar, tar.gz or tar.zst, told by its first bytes, else by its name.
 *
 * All of it is taken out or nothing. Names and links that lead out of the folder, entries that come twice, devices,
 * encrypted entries, and more than the limits (`archive.entries`, `archive.file_bytes`, `archive.total_bytes`,
 * `archive.ratio`) are refused. Modes are kept without set-user-id and within the umask, times are kept, links inside
 * of it are kept, owners are not.
 */
export interface ExtractInput {
  /** The archive. */
  path: string;
  /** The folder to take it out into; made if it is missing. */
  to: string;
  /** What happens with files that are there already. Default: `refuse`. */
  existing?: Existing;
}

/** What was taken out. */
export interface ExtractOutput {
  /** The folder. */
  path: string;
  /** What the archive is. */
  format: Format;
  /** Files, hard links among them. */
  files: number;
  /** Folders that the archive names. */
  folders: number;
  /** Symbolic links. */
  links: number;
  /** Bytes in files. */
  bytes: number;
  /** Files that were there already and stayed; counted above all the same. */
  kept: string[];
}

/**
 * Gives figures of this process, its children and the machine: processor, memory, uptime, load.
 *
 * It does not wait. How busy the machine is needs two looks, so it is missing here; JavaScript's `systemStats` keeps
 * the look before.
 */
export type StatsInput = Record<string, unknown>;

/** This process. */
export interface ProcessStats {
  /** Its number. */
  pid: number;
  /** How long it runs, in seconds. */
  uptimeSeconds: number;
  /** Processor time since the previous look, in percent of one core; missing at the first look. */
  cpuPercent?: number | null;
  /** Processor time since it started, in percent of one core. */
  cpuPercentSinceStart: number;
  /** Processor time since it started, in milliseconds. */
  cpuMillis: number;
  /** Memory it has in RAM, in bytes. */
  memoryBytes: number;
  /** Its children and theirs, by number. Limit: `system.children`. */
  children: ChildProcess[];
  /** How many those are, also beyond the limit. */
  childrenCount: number;
  /** Memory they have in RAM, in bytes; what they share is counted for each. */
  childrenMemoryBytes: number;
}

/** A child of this process, or a child of one. */
export interface ChildProcess {
  /** Its number. */
  pid: number;
  /** The number of the process that started it. */
  parent: number;
  /** The name of its program. */
  name: string;
  /** Memory it has in RAM, in bytes. */
  memoryBytes: number;
}

/** The machine. */
export interface MachineStats {
  /** Processors that programs may use at once. */
  cores: number;
  /** How busy all processors together were since the previous look, in percent; missing at the first look. */
  cpuPercent?: number | null;
  /** Memory there is, in bytes. */
  memoryTotalBytes: number;
  /** Memory that programs could still get, in bytes. */
  memoryAvailableBytes: number;
  /** Memory that is taken, in percent. */
  memoryPercent: number;
  /** How long it runs, in seconds. */
  uptimeSeconds?: number | null;
  /** Processes that ran or waited to run, on average over 1, 5 and 15 minutes; missing on Windows. */
  load?: number[] | null;
}

/** Figures of one moment. */
export interface StatsOutput {
  /** This process. */
  process: ProcessStats;
  /** The machine. */
  machine: MachineStats;
}

/** Lists commits, newest first. */
export interface GitLogInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
  /** How many commits. Default: 10, at most `vcs.log_commits`. */
  count?: number | null;
  /** Only commits that changed this file or folder. */
  file?: string | null;
  /** Only commits whose author's name or address has this text in it. */
  author?: string | null;
  /** Only commits after this time, in any form git reads: `2026-11-01`, `2 weeks ago`. */
  since?: string | null;
  /** Only commits whose message has this text in it, whatever the case. */
  grep?: string | null;
  /** The branch, tag or commit to start from. Default: what is checked out. */
  branch?: string | null;
}

/** One commit. */
export interface Commit {
  /** Its whole hash. */
  commit: string;
  /** As much of it as tells it apart. */
  short: string;
  /** The hashes of its parents. */
  parents: string[];
  /** The author's name. */
  author: string;
  /** The author's address. */
  email: string;
  /** When it was written, in seconds since 1970. */
  time: number;
  /** Branches and tags that point to it, such as `HEAD -> main`. */
  names: string[];
  /** The first paragraph of its message, in one line. */
  subject: string;
  /** The rest of its message. */
  body: string;
}

/** Commits. */
export interface GitLogOutput {
  /** Newest first; none when there is no commit yet. */
  commits: Commit[];
  /** Whether there are more. */
  truncated: boolean;
}

/** Lists the worktrees of a git repository. */
export interface GitWorktreesInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
}

/** One worktree. */
export interface Worktree {
  /** Its folder; absolute. */
  folder: string;
  /** The branch that is checked out there. */
  branch?: string | null;
  /** The commit that is checked out there. */
  commit?: string | null;
  /** Whether it is the repository itself, without files. */
  bare: boolean;
  /** Why it must not be removed, if it was locked; may be empty. */
  locked?: string | null;
  /** Why `git worktree prune` would forget it: mostly that its folder is gone. */
  prunable?: string | null;
}

/** Worktrees. */
export interface GitWorktreesOutput {
  /** The main one first. */
  worktrees: Worktree[];
}

/** Adds a worktree. */
export interface GitAddWorktreeInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
  /** The folder to make; inside the project. */
  folder: string;
  /** Makes a branch of this name there. Default: `from` is checked out, without a branch unless it is one. */
  create?: string | null;
  /** The branch, tag or commit to check out or start at. Default: what is checked out here. */
  from?: string | null;
}

/** Worktrees. */
export interface GitAddWorktreeOutput {
  /** The main one first. */
  worktrees: Worktree[];
}

/** Removes a worktree and its folder. */
export interface GitRemoveWorktreeInput {
  /** A file or folder in the repository. Default: where relative paths start. */
  path?: string | null;
  /** The worktree's folder; inside the project. */
  folder: string;
  /** Also with changes that are not committed, which are lost. Default: no. */
  force?: boolean;
}

/** Worktrees. */
export interface GitRemoveWorktreeOutput {
  /** The main one first. */
  worktrees: Worktree[];
}
