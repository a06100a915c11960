//! The same trees through `rg`: generated, with nested rules, links, binary files, odd names and encodings.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::process::Command;

use ironbridge_tools::Control;
use ironbridge_tools::search::rules::Ignores;
use ironbridge_tools::search::{GlobInput, GrepInput, ListInput, Order, glob, grep, list_raw};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::tree_on_disk::Project;

const NAMES: [&str; 12] =
    ["a", "b", "c.rs", "d.o", "ä.rs", ".h", "x y", "[e]", "f.log", "-g", "\\xff\\x0a", "sub"];
const RULES: [&str; 18] = [
    "*.o", "*.log", "a", "a/", "/b", "!d.o", "!*.rs", "sub/a", "sub/**", "**/b", "*", "!*/", "?",
    "[a-b]", "x y", ".h", "# a", "/sub/*",
];
const CONTENTS: [&str; 10] = [
    "",
    "foo",
    "foo\\nbar\\nFoo foo\\n",
    "foo\\r\\nbar\\r\\n\\r\\n",
    "\\xff\\xfef\\x00o\\x00o\\x00\\n\\x00b\\x00",
    "\\xfe\\xff\\x00f\\x00o\\x00o",
    "\\xef\\xbb\\xbffoo\\nbar",
    "\\x00\\x01foo\\nbar",
    "\\xe9foo\\xff\\n\\xffbar",
    "bar foobar\\n\\n\\nx",
];
const GLOBS: [&str; 18] = [
    "*",
    "**",
    "*.rs",
    "a",
    "a/*",
    "/a",
    "sub/*",
    "sub/**",
    "**/a/*",
    "sub/**/*.rs",
    "/*",
    "/**/b",
    "?",
    "*/*",
    "{a,sub/b}",
    "[ab]/**",
    "a/b/c.rs",
    "[!a]*",
];
const PATTERNS: [&str; 11] =
    ["foo", "^foo$", "bar$", "^$", "o+b?", "(?i)FOO", ".", "\\bfoo\\b", "\\s", "[^o]$", "nothing"];

fn of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

/// Lines as [`Project`] takes them. What cannot be made, a file where a folder is needed, is left out.
pub(crate) fn tree() -> impl Strategy<Value = Vec<String>> {
    let folder = || prop::collection::vec(of(&["a", "sub", "b", ".h"]), 0..4);
    let path = move |name: BoxedStrategy<String>| {
        (folder(), name).prop_map(|(mut parts, name)| {
            parts.push(name);
            parts.join("/")
        })
    };
    let rules = prop::collection::vec(of(&RULES), 1..5).prop_map(|lines| lines.join("\\n"));
    let file = (path(of(&NAMES).boxed()), of(&CONTENTS));
    let rule_file = (path(of(&[".gitignore", ".gitignore", ".ignore"]).boxed()), rules);
    let link = (path(of(&["l", "m"]).boxed()), of(&["a", "..", "sub/a", "nowhere"]));
    let line = prop_oneof![
        8 => file.prop_map(|(path, content)| format!("{path} = {content}")),
        3 => rule_file.prop_map(|(path, rules)| format!("{path} = {rules}")),
        1 => link.prop_map(|(path, target)| format!("{path} -> {target}")),
        1 => path(of(&[".git/"]).boxed()),
    ];
    prop::collection::vec(line, 1..24)
}

pub(crate) fn project(lines: &[String]) -> Project {
    let project = Project::new(".git/");
    for line in lines {
        project.try_add(line);
    }
    project
}

fn rg(project: &Project, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("rg")
        .args(["--no-config", "--no-ignore-global", "--no-messages", "--hidden", "--null"])
        .args(["--color=never", "--sort=none"])
        .args(arguments)
        .current_dir(&project.path)
        .output()
        .expect("it was there a moment ago");
    assert!(output.status.code() != Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn is_rg_missing() -> bool {
    let missing = Command::new("rg").arg("--version").output().is_err();
    if missing {
        println!("skipped: rg is missing");
    }
    missing
}

fn paths(bytes: &[u8]) -> BTreeSet<String> {
    let paths = bytes.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    paths.map(|path| path.strip_prefix(b"./").unwrap_or(path).escape_ascii().to_string()).collect()
}

/// The same cases on every run.
pub(crate) fn run<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    run_cases(96, strategy, test);
}

/// As many as `cases`, the same on every run.
pub(crate) fn run_cases<S: Strategy>(
    cases: u32,
    strategy: &S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    if let Err(error) = TestRunner::new(crate::properties::config(cases)).run(strategy, test) {
        panic!("{error}");
    }
}

#[test]
fn lists_are_those_of_rg() {
    if is_rg_missing() {
        return;
    }
    run(&(tree(), of(&["", "a", "sub", "sub/b"])), |(lines, root)| {
        let project = project(&lines);
        // An ignored folder that is named is shown whole here, and by its rules by rg.
        let base = project.workspace.scope().locate(".").expect("inside");
        let mut ignores = Ignores::new(project.workspace.scope(), &base, true);
        if !project.path.join(&root).is_dir() || ignores.is_ignored(Path::new(&root), true) {
            return Ok(());
        }
        let path = (!root.is_empty()).then(|| root.clone().into());
        let input = ListInput { path, ..ListInput::default() };
        let ours = list_raw(&project.workspace, &input, 0, &Control::unbounded());
        let ours = paths(&ours.expect("it began").paths);
        // From the top also for a folder within: rg 13 takes `/sub/*` for nothing when told to begin at `./sub`.
        let theirs = paths(&rg(&project, &["--files", "--glob=!.git"]));
        let prefix = if root.is_empty() { root } else { root + "/" };
        let theirs: BTreeSet<String> = theirs
            .into_iter()
            .filter_map(|path| path.strip_prefix(&prefix).map(str::to_owned))
            .collect();
        prop_assert_eq!(ours, theirs);
        Ok(())
    });
}

#[test]
fn globs_choose_what_those_of_rg_choose() {
    if is_rg_missing() {
        return;
    }
    run(&(tree(), of(&GLOBS)), |(lines, pattern)| {
        let project = project(&lines);
        let input = GlobInput {
            respect_ignore: false,
            order: Order::Path,
            limit: Some(1000),
            ..GlobInput::new(pattern.clone())
        };
        let output = glob(&project.workspace, &input, &Control::unbounded()).expect("a glob");
        let links: BTreeSet<String> = output
            .files
            .iter()
            .filter(|file| project.path.join(&file.path).is_symlink())
            .map(|file| file.path.clone())
            .collect();
        // The globs of rg 13 stop at a line break in a name.
        let ours: BTreeSet<String> = output
            .files
            .into_iter()
            .map(|file| file.path)
            .filter(|path| !links.contains(path) && !path.contains('\n'))
            .collect();
        let include = format!("--glob={pattern}");
        // Where rg is given a glob of what to take, that goes before its rules; so rules are off on both sides.
        let theirs = rg(&project, &["--files", "--no-ignore", &include, "--glob=!.git"]);
        let theirs: BTreeSet<String> = theirs
            .split(|byte| *byte == 0)
            .filter(|path| !path.is_empty() && !path.contains(&b'\n'))
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect();
        prop_assert_eq!(ours, theirs);
        Ok(())
    });
}

#[test]
fn lines_are_those_of_rg() {
    if is_rg_missing() {
        return;
    }
    run(&(tree(), of(&PATTERNS)), |(lines, pattern)| {
        let project = project(&lines);
        let input =
            GrepInput { limit: Some(10_000), context: 1, ..GrepInput::new(pattern.clone()) };
        let output = grep(&project.workspace, &input, &Control::unbounded()).expect("a pattern");
        let mut ours = BTreeSet::new();
        for file in &output.files {
            let path = OsStr::new(&file.path).to_owned();
            let path = String::from_utf8_lossy(&path.into_vec()).into_owned();
            ours.extend(file.lines.iter().map(|line| (path.clone(), line.line, line.context)));
        }
        let arguments = ["--line-number", "--no-heading", "--with-filename", "--crlf", "-C1"];
        let theirs =
            rg(&project, &[&arguments[..], &["--glob=!.git", "-e", &pattern, "."]].concat());
        prop_assert_eq!(ours, lines_of(&theirs));
        Ok(())
    });
}

/// `path\0number:text\n`, with `-` for context and `--` between groups.
fn lines_of(output: &[u8]) -> BTreeSet<(String, u64, bool)> {
    let mut lines = BTreeSet::new();
    let mut rest = output;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(b"--\n") {
            rest = after;
            continue;
        }
        let nul = rest.iter().position(|byte| *byte == 0).expect("a path ends in NUL");
        let (path, after) = rest.split_at(nul);
        let end = after.iter().position(|byte| *byte == b'\n').unwrap_or(after.len() - 1);
        let (line, after) = after.split_at(end + 1);
        let digits = line[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&line[1..=digits]).expect("ASCII").parse();
        let path = path.strip_prefix(b"./").unwrap_or(path);
        let path = OsStr::from_bytes(path).to_string_lossy().into_owned();
        lines.insert((path, number.expect("a number"), line.get(digits + 1) == Some(&b'-')));
        rest = after;
    }
    lines
}
