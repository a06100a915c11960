//! Looking through a tree once: glob, grep, list, tree, beside `rg` as a program and what it costs to start one.
//!
//! The tree has 5,000 files in folders of 10, a tenth of them ignored; `IRONBRIDGE_BENCH_FILES` names another number.
//! `IRONBRIDGE_BENCH_TREE` names a folder in which it is made if it is not there, and stays.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use divan::Bencher;
use ironbridge_tools::find::{FileIndex, FindOptions};
use ironbridge_tools::search::{
    GlobInput, GrepInput, GrepMode, ListInput, Order, TreeInput, glob, grep, list, list_raw, tree,
};
use ironbridge_tools::{Control, Scope, Workspace};

use crate::processor::measure;

struct Generated {
    _folder: Option<tempfile::TempDir>,
    path: PathBuf,
    workspace: Workspace,
}

/// Made once for all benches; about 4 KiB a file.
fn generated() -> &'static Generated {
    static GENERATED: OnceLock<Generated> = OnceLock::new();
    GENERATED.get_or_init(|| {
        let files = std::env::var("IRONBRIDGE_BENCH_FILES");
        let files = files.ok().and_then(|files| files.parse().ok()).unwrap_or(5_000);
        let kept = std::env::var_os("IRONBRIDGE_BENCH_TREE").map(PathBuf::from);
        let folder = kept.is_none().then(|| tempfile::tempdir().expect("a temporary folder"));
        let path = kept.or_else(|| folder.as_ref().map(|folder| folder.path().to_owned()));
        let path = path.expect("one of the two");
        if !path.join(".git").exists() {
            std::fs::create_dir_all(&path).expect("created");
            fill(&path, files);
        }
        let path = path.canonicalize().expect("it exists");
        let workspace = Workspace::new(Scope::within(&path).expect("a folder"), "/none");
        Generated { _folder: folder, path, workspace }
    })
}

fn fill(path: &Path, files: usize) {
    std::fs::create_dir(path.join(".git")).expect("created");
    std::fs::write(path.join(".gitignore"), "ignored/\n*.o\n").expect("written");
    let line = "    let value = compute(input, options).map(|item| item.into_iter().sum());\n";
    for index in 0..files {
        let (group, part) = (index / 1000, index / 10 % 100);
        let place = if part % 10 == 9 { "ignored" } else { "source" };
        let folder = path.join(format!("group{group}/{place}/part{part}"));
        std::fs::create_dir_all(&folder).expect("created");
        let ending = ["rs", "ts", "py", "md"][index % 4];
        let mut text = line.repeat(52);
        if index % 100 == 0 {
            text.push_str("// a needle in it\n");
        }
        std::fs::write(folder.join(format!("file{index}.{ending}")), text).expect("written");
    }
}

#[allow(clippy::print_stdout, reason = "a bench that did not run says so")]
fn rg(bencher: Bencher<'_, '_>, name: &str, arguments: &[&str]) {
    let generated = generated();
    let run = || {
        Command::new("rg")
            .args(["--no-config", "--hidden", "--glob=!.git"])
            .args(arguments)
            .current_dir(&generated.path)
            .stdin(Stdio::null())
            .output()
            .map(|output| output.stdout)
    };
    if run().is_err() {
        println!("skipped: rg is missing");
        return;
    }
    measure(bencher, name, || black_box(run()));
}

/// What starting a program costs, which `rg` pays and a tool in process does not.
#[divan::bench]
fn rg_version(bencher: Bencher<'_, '_>) {
    rg(bencher, "search::rg_version", &["--version"]);
}

#[divan::bench]
fn list_raw_all(bencher: Bencher<'_, '_>) {
    let generated = generated();
    let input = ListInput::default();
    measure(bencher, "search::list_raw_all", || {
        list_raw(&generated.workspace, &input, b'\n', &Control::unbounded())
    });
}

#[divan::bench]
fn list_first_1000(bencher: Bencher<'_, '_>) {
    let generated = generated();
    let input = ListInput::default();
    measure(bencher, "search::list_first_1000", || {
        list(&generated.workspace, &input, &Control::unbounded())
    });
}

#[divan::bench]
fn list_rg(bencher: Bencher<'_, '_>) {
    rg(bencher, "search::list_rg", &["--files"]);
}

#[divan::bench]
fn glob_newest(bencher: Bencher<'_, '_>) {
    let generated = generated();
    let input = GlobInput::new("*.rs");
    measure(bencher, "search::glob_newest", || {
        glob(&generated.workspace, &input, &Control::unbounded())
    });
}

#[divan::bench]
fn glob_by_path(bencher: Bencher<'_, '_>) {
    let generated = generated();
    let input = GlobInput { order: Order::Path, ..GlobInput::new("*.rs") };
    measure(bencher, "search::glob_by_path", || {
        glob(&generated.workspace, &input, &Control::unbounded())
    });
}

#[divan::bench]
fn glob_rg(bencher: Bencher<'_, '_>) {
    rg(bencher, "search::glob_rg", &["--files", "--glob=*.rs"]);
}

#[divan::bench]
fn glob_one_folder(bencher: Bencher<'_, '_>) {
    let generated = generated();
    let input = GlobInput::new("group0/source/part1/*.rs");
    measure(bencher, "search::glob_one_folder", || {
        glob(&generated.workspace, &input, &Control::unbounded())
    });
}

#[divan::bench]
fn glob_one_folder_rg(bencher: Bencher<'_, '_>) {
    rg(bencher, "search::glob_one_folder_rg", &["--files", "--glob=group0/source/part1/*.rs"]);
}

fn grep_for(bencher: Bencher<'_, '_>, name: &str, input: &GrepInput) {
    let generated = generated();
    measure(bencher, name, || grep(&generated.workspace, input, &Control::unbounded()));
}

#[divan::bench]
fn grep_literal(bencher: Bencher<'_, '_>) {
    grep_for(
        bencher,
        "search::grep_literal",
        &GrepInput { count_ignored: false, ..GrepInput::new("needle") },
    );
}

/// With the count of what ignored files hold, which `rg` does not give.
#[divan::bench]
fn grep_literal_and_ignored(bencher: Bencher<'_, '_>) {
    grep_for(bencher, "search::grep_literal_and_ignored", &GrepInput::new("needle"));
}

#[divan::bench]
fn grep_literal_rg(bencher: Bencher<'_, '_>) {
    rg(bencher, "search::grep_literal_rg", &["-n", "needle"]);
}

#[divan::bench]
fn grep_miss(bencher: Bencher<'_, '_>) {
    let input = GrepInput { count_ignored: false, ..GrepInput::new("haystack") };
    grep_for(bencher, "search::grep_miss", &input);
}

#[divan::bench]
fn grep_miss_rg(bencher: Bencher<'_, '_>) {
    rg(bencher, "search::grep_miss_rg", &["-n", "haystack"]);
}

#[divan::bench]
fn grep_expression(bencher: Bencher<'_, '_>) {
    let input = GrepInput { count_ignored: false, ..GrepInput::new(r"\w+\s+needle\b") };
    grep_for(bencher, "search::grep_expression", &input);
}

#[divan::bench]
fn grep_expression_rg(bencher: Bencher<'_, '_>) {
    rg(bencher, "search::grep_expression_rg", &["-n", r"\w+\s+needle\b"]);
}

#[divan::bench]
fn grep_every_line_counted(bencher: Bencher<'_, '_>) {
    let mode = GrepMode::Count;
    grep_for(
        bencher,
        "search::grep_every_line_counted",
        &GrepInput { mode, count_ignored: false, ..GrepInput::new("value") },
    );
}

#[divan::bench]
fn grep_every_line_counted_rg(bencher: Bencher<'_, '_>) {
    rg(bencher, "search::grep_every_line_counted_rg", &["-c", "value"]);
}

#[divan::bench]
fn tree_of_three_levels(bencher: Bencher<'_, '_>) {
    let generated = generated();
    let input = TreeInput::default();
    measure(bencher, "search::tree_of_three_levels", || {
        tree(&generated.workspace, &input, &Control::unbounded())
    });
}

/// The floor of [`tree_of_three_levels`]: the names of three levels, sorted, by std alone and without rules.
#[divan::bench]
fn tree_of_three_levels_read_dir(bencher: Bencher<'_, '_>) {
    fn names(folder: &Path, levels: usize, found: &mut Vec<PathBuf>) {
        let entries = std::fs::read_dir(folder).expect("it can be listed");
        let mut paths: Vec<PathBuf> =
            entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            if levels > 1 && path.is_dir() {
                names(&path, levels - 1, found);
            }
            found.push(path);
        }
    }
    let generated = generated();
    measure(bencher, "search::tree_of_three_levels_read_dir", || {
        let mut found = Vec::new();
        names(&generated.path, 3, &mut found);
        found
    });
}

/// From nothing to an index that is ready and follows changes; the floor is [`list_rg`].
#[divan::bench]
fn index_opened(bencher: Bencher<'_, '_>) {
    let generated = generated();
    measure(bencher, "search::index_opened", || {
        let index = FileIndex::open(&generated.workspace, ".", FindOptions::default());
        let index = index.expect("a folder");
        index.wait_ready(&Control::unbounded()).expect("it can be walked");
        index.figures().entries
    });
}
