//! Reading shell commands, beside the bare parser. One round is all 14 commands; they are those an agent gives most.

use divan::{Bencher, black_box};
use ironbridge_tools::policy::{Action, Policy, Rule};
use ironbridge_tools::shell::{ParseShell, parse_shell};
use ironbridge_tools::{Control, Scope, Workspace};

const COMMANDS: [&str; 14] = [
    "ls -la",
    "git status",
    "cd src && cargo test",
    "npm run build -- --watch",
    "cat package.json | jq .version",
    "grep -rn \"TODO\" src --include='*.rs'",
    "rm -rf target/debug",
    "mkdir -p src/new && touch src/new/mod.rs",
    "git add -A && git commit -m \"Fix the thing\" && git push",
    "find . -name '*.ts' -not -path './node_modules/*' | head -20",
    "cp src/a.rs src/b.rs",
    "docker compose up -d --build",
    "echo \"done\" > /tmp/out.txt 2>&1",
    "for f in *.txt; do mv \"$f\" \"${f%.txt}.md\"; done",
];

/// The floor: a parser that is kept, and nothing done with its tree.
#[divan::bench]
fn floor_tree_sitter(bencher: Bencher<'_, '_>) {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).expect("the versions fit");
    bencher.bench_local(|| {
        for command in COMMANDS {
            black_box(parser.parse(black_box(command), None));
        }
    });
}

/// What a parser for each command costs.
#[divan::bench]
fn floor_new_parser_each(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        for command in COMMANDS {
            let mut parser = tree_sitter::Parser::new();
            parser.set_language(&tree_sitter_bash::LANGUAGE.into()).expect("the versions fit");
            black_box(parser.parse(black_box(command), None));
        }
    });
}

/// Commands, prefixes, paths resolved on the disk, the judgement.
#[divan::bench]
fn whole_answer(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scope = Scope::within(folder.path()).expect("a folder");
    let workspace = Workspace::new(scope, "/nowhere");
    let inputs =
        COMMANDS.map(|command| ParseShell { command: command.to_owned(), ..Default::default() });
    let control = Control::unbounded();
    bencher.bench_local(|| {
        for input in &inputs {
            black_box(parse_shell(&workspace, black_box(input), &control)).expect("short");
        }
    });
}

/// The verdict of 50 rules over commands that were read.
#[divan::bench]
fn verdict(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scope = Scope::within(folder.path()).expect("a folder");
    let workspace = Workspace::new(scope, "/nowhere");
    let parsed = COMMANDS.map(|command| {
        let input = ParseShell { command: command.to_owned(), ..Default::default() };
        parse_shell(&workspace, &input, &Control::unbounded()).expect("short")
    });
    let rule = |number| Rule::new("bash", format!("program{number} * --flag *"), Action::Allow);
    let policy = Policy::new((0..50).map(rule));
    bencher.bench_local(|| {
        for parsed in &parsed {
            black_box(policy.judge_shell(black_box(parsed)));
        }
    });
}
