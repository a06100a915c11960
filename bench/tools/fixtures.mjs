// Trees, lists and repositories, made once and the same on every machine: everything comes from fixed seeds.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const home = process.env.IRONBRIDGE_BENCH_FIXTURES;
if (!home) throw new Error("IRONBRIDGE_BENCH_FIXTURES: where fixtures are kept");
mkdirSync(home, { recursive: true });

/** Whole numbers below a bound, the same for the same seed. */
export function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const FOLDERS =
  "src lib components utils index core api server client hooks pages styles assets tests docs scripts config models views controllers services store types common shared admin user product search editor terminal gateway adapters internal cmd compute compiler".split(
    " ",
  );
const FILES =
  "index main app util utils helper component button modal table list form input user session token request response handler router store reducer action schema model view controller service client server config constants theme parser lexer runtime buffer stream cache queue worker".split(
    " ",
  );
const ENDINGS = "ts tsx js mjs json md css html py rs go java c h yml toml sh txt svg".split(" ");
const WORDS =
  "const let function return import export from class extends async await value result index buffer stream token request response error handler user config parse compile".split(
    " ",
  );

/** So many different paths, about sixteen to a folder, up to eight folders deep. */
export function paths(count) {
  const next = random(777);
  const pick = (list) => list[next(list.length)];
  const folders = [""];
  const seen = new Set(folders);
  while (folders.length < Math.max(20, count / 16)) {
    const parent = folders[next(Math.min(folders.length, 400))];
    if (parent.split("/").length > 7) continue;
    const kind = next(60);
    const name =
      kind === 0
        ? "node_modules"
        : kind === 1
          ? "dist"
          : pick(FOLDERS) + (next(3) ? "" : `-${pick(FILES)}${next(90)}`);
    const folder = parent ? `${parent}/${name}` : name;
    if (!seen.has(folder)) folders.push(folder);
    seen.add(folder);
  }
  const found = [];
  while (found.length < count) {
    const folder = pick(folders);
    const stem = next(4)
      ? `${pick(FILES)}-${pick(FILES)}${next(3) ? "" : next(1000)}`
      : `${pick(FILES)}${next(1000)}`;
    const path = `${folder ? `${folder}/` : ""}${stem}${next(9) ? "" : ".test"}.${pick(ENDINGS)}`;
    if (!seen.has(path)) found.push(path);
    seen.add(path);
  }
  return found;
}

/** Lines of something like a program. One in 400 says `TODO(needle)`. */
export function lines(count, next) {
  const word = () => WORDS[next(WORDS.length)];
  return Array.from({ length: count }, () => {
    const text = "  ".repeat(next(4)) + Array.from({ length: 3 + next(9) }, word).join(" ");
    return next(400) ? `${text};` : `${text}; // TODO(needle) fix_${next(1000)}`;
  });
}

/** A file with one path a line. */
export function pathFile(count) {
  return made(`paths-${count}.txt`, (file) => writeFileSync(file, `${paths(count).join("\n")}\n`));
}

export function pathList(count) {
  return readFileSync(pathFile(count), "utf8").trimEnd().split("\n");
}

/**
 * A folder with so many files, rules of ignored ones among them. A repository only in name: git's rules count in
 * it.
 */
export function tree(count) {
  return made(`tree-${count}`, (folder) => {
    fill(folder, count);
    mkdirSync(join(folder, ".git"));
    writeFileSync(join(folder, ".git/HEAD"), "ref: refs/heads/main\n");
    writeFileSync(join(folder, ".gitignore"), "node_modules/\ndist/\n*.log\n");
  });
}

/** A repository with so many committed files, five of them changed since, and five that git does not know. */
export function repository(count) {
  return made(`repository-${count}`, (folder) => {
    fill(folder, count);
    const git = (...words) =>
      execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...words], {
        cwd: folder,
        stdio: ["ignore", "ignore", "inherit"],
      });
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "all of it");
    const all = paths(count);
    for (let index = 0; index < 5; index++) {
      writeFileSync(join(folder, all[index * 11]), "changed\n");
      writeFileSync(join(folder, `unknown-${index}.txt`), "new\n");
    }
    git("status");
  });
}

function fill(folder, count) {
  const next = random(4711);
  const made = new Set();
  for (const path of paths(count)) {
    const file = join(folder, path);
    const parent = dirname(file);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    writeFileSync(file, `${lines(5 + next(60), next).join("\n")}\n`);
  }
}

/** An empty folder, for one row. */
export function scratch() {
  return mkdtempSync(join(home, "scratch-"));
}

export function remove(folder) {
  rmSync(folder, { recursive: true, force: true });
}

/** Made aside and renamed: what stands under its name is whole. */
function made(name, make) {
  const finished = join(home, name);
  if (existsSync(finished)) return finished;
  const aside = join(mkdtempSync(join(home, "making-")), name);
  if (!name.endsWith(".txt")) mkdirSync(aside);
  make(aside);
  renameSync(aside, finished);
  rmSync(dirname(aside), { recursive: true });
  return finished;
}
