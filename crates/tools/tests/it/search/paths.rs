//! `glob`, `list` and `tree`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use ironbridge_tools::search::{
    Coverage, FoundFile, GlobInput, GrepInput, IgnoredMatches, ListInput, Order, SearchError,
    TreeInput, glob, grep, list, list_raw, tree,
};
use ironbridge_tools::{Cancel, Coded as _, Control, Limits, Scope, Workspace};

use serde_json::json;

use super::tree_on_disk::Project;

/// Paths in their order, then what else there is to say.
pub(crate) fn told(
    files: &[FoundFile],
    total: u64,
    ignored: IgnoredMatches,
    coverage: &Coverage,
) -> String {
    let mut text = files
        .iter()
        .map(|file| format!("{}{}", file.path, if file.lossy { " (lossy)" } else { "" }))
        .collect::<Vec<_>>()
        .join(" ");
    if total != files.len() as u64 {
        write!(text, " of {total}").expect("it is a string");
    }
    if ignored.files > 0 || !ignored.exact {
        let more = if ignored.exact { "" } else { "+" };
        write!(text, " (ignored: {}{more})", ignored.files).expect("it is a string");
    }
    if !coverage.complete {
        write!(text, " stopped: {:?}", coverage.stopped).expect("it is a string");
    }
    text
}

/// The code and the message, places of this run named.
pub(crate) fn failed(project: &Project, error: &SearchError) -> String {
    let above = project.path.parent().expect("it has a parent");
    format!("{}: {error}", error.code())
        .replace(&project.path.display().to_string(), "PROJECT")
        .replace(&project.outside.display().to_string(), "OUTSIDE")
        .replace(&above.display().to_string(), "ABOVE")
}

fn globbed(project: &Project, input: &GlobInput) -> String {
    match glob(&project.workspace, input, &Control::unbounded()) {
        Ok(output) => told(&output.files, output.total, output.ignored, &output.coverage),
        Err(error) => failed(project, &error),
    }
}

#[track_caller]
fn check(project: &Project, pattern: &str, expected: &Expect) {
    expected.assert_eq(&globbed(project, &GlobInput::new(pattern)));
}

#[test]
fn a_pattern_matches_names_or_places() {
    let project = &Project::new(
        "a.ts\n src/b.ts\n src/deep/c.ts\n src/deep/c.tsx\n src/foots\n lib/src/d.ts\n README.md",
    );
    check(project, "*.ts", &expect!["lib/src/d.ts src/deep/c.ts src/b.ts a.ts"]);
    check(project, "src/*.ts", &expect!["src/b.ts"]);
    check(project, "src/**/*.ts", &expect!["src/deep/c.ts src/b.ts"]);
    check(project, "src/**", &expect!["src/foots src/deep/c.tsx src/deep/c.ts src/b.ts"]);
    check(project, "src/", &expect!["src/foots src/deep/c.tsx src/deep/c.ts src/b.ts"]);
    check(project, "**/src/*.ts", &expect!["lib/src/d.ts src/b.ts"]);
    check(
        project,
        "*.{ts,tsx}",
        &expect!["lib/src/d.ts src/deep/c.tsx src/deep/c.ts src/b.ts a.ts"],
    );
    check(project, "/*.ts", &expect!["a.ts"]);
    check(project, "./src/b.ts", &expect!["src/b.ts"]);
    check(project, "src/b.ts", &expect!["src/b.ts"]);
    check(project, "c.ts?", &expect!["src/deep/c.tsx"]);
    check(project, "readme.md", &expect![""]);
    check(project, "none/*.ts", &expect![""]);
    check(project, "a.ts/*", &expect![""]);
    check(project, "../*", &expect!["outside: ABOVE: lies outside PROJECT"]);
    check(
        project,
        "{src",
        &expect![
            "invalid_glob: glob `{src`: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?); a backslash takes the next character literally"
        ],
    );
    check(project, "", &expect!["invalid_glob: glob ``: it is empty"]);
    check(project, &format!("{}/src/*.ts", project.path.display()), &expect!["src/b.ts"]);
}

#[test]
fn ignored_files_are_counted_and_named_ones_are_found() {
    let project = &Project::new(
        ".gitignore = node_modules/\\ndist\\n.env\\n*.log\n .env\n a.js\n x.log\n dist/a.js\n sub/.env\n\
         packages/p/dist/b.js\n node_modules/m/a.js\n node_modules/m/dist/a.js\n node_modules/.env\n .git/a.js\n .github/w.yml",
    );
    check(project, "*.js", &expect!["a.js (ignored: 4)"]);
    check(project, ".env", &expect!["sub/.env .env (ignored: 1)"]);
    check(project, "*.log", &expect![" (ignored: 1)"]);
    check(project, "x.log", &expect!["x.log"]);
    check(project, "dist/*.js", &expect!["dist/a.js"]);
    check(project, "**/dist/*.js", &expect!["packages/p/dist/b.js dist/a.js (ignored: 1)"]);
    check(
        project,
        "node_modules/**/*.js",
        &expect!["node_modules/m/dist/a.js node_modules/m/a.js"],
    );
    check(project, "node_modules/m/a.js", &expect!["node_modules/m/a.js"]);
    check(project, "*.yml", &expect![".github/w.yml"]);
    check(project, ".git/*", &expect![".git/a.js"]);
    check(project, "a.js", &expect!["a.js (ignored: 3)"]);
}

#[test]
fn the_input_narrows_and_orders() {
    let project =
        &Project::new("b.rs\n a.rs\n c/d.rs\n c/e.RS\n .h/f.rs\n l.rs -> a.rs\n c/k -> ..");
    let check = |input: GlobInput, expected: &Expect| expected.assert_eq(&globbed(project, &input));
    let rust = || GlobInput::new("*.rs");
    check(rust(), &expect![".h/f.rs c/d.rs a.rs b.rs"]);
    check(GlobInput { order: Order::Path, ..rust() }, &expect![".h/f.rs a.rs b.rs c/d.rs"]);
    check(GlobInput { limit: Some(2), ..rust() }, &expect![".h/f.rs c/d.rs of 4"]);
    check(
        GlobInput { limit: Some(2), order: Order::Path, ..rust() },
        &expect![".h/f.rs a.rs of 4"],
    );
    check(GlobInput { limit: Some(0), ..rust() }, &expect![" of 4"]);
    check(
        GlobInput { limit: Some(2_000_000), ..rust() },
        &expect!["too_large: limit: 2000000 results are more than the limit of 1000000"],
    );
    check(
        GlobInput { exclude: vec!["c/".to_owned(), "b.*".to_owned()], ..rust() },
        &expect![".h/f.rs a.rs"],
    );
    check(
        GlobInput { case_insensitive: true, ..rust() },
        &expect![".h/f.rs c/e.RS c/d.rs a.rs b.rs"],
    );
    check(GlobInput { hidden: false, ..rust() }, &expect!["c/d.rs a.rs b.rs (ignored: 1)"]);
    check(GlobInput { follow_links: true, ..rust() }, &expect![".h/f.rs c/d.rs a.rs l.rs b.rs"]);
    check(GlobInput { path: Some("c".into()), ..rust() }, &expect!["c/d.rs"]);
    check(
        GlobInput { path: Some("c/k".into()), ..rust() },
        &expect!["c/k/.h/f.rs c/k/c/d.rs c/k/a.rs c/k/b.rs"],
    );
    check(
        GlobInput { path: Some("none".into()), ..rust() },
        &expect!["not_found: PROJECT/none: there is no such file or folder"],
    );
    check(
        GlobInput { path: Some("a.rs".into()), ..rust() },
        &expect!["not_a_folder: PROJECT/a.rs: is no folder"],
    );
    check(
        GlobInput { path: Some("..".into()), ..rust() },
        &expect!["outside: ABOVE: lies outside PROJECT"],
    );
    check(GlobInput { folders: true, ..GlobInput::new("c") }, &expect!["c/"]);
    check(GlobInput::new("l.rs"), &expect!["l.rs"]);
    let excluded = GlobInput { exclude: vec!["c/d.rs".to_owned()], ..GlobInput::new("c/*") };
    check(excluded, &expect!["c/e.RS"]);
}

/// `[id].tsx` is the path of a file, though it is a pattern too.
#[test]
fn names_with_special_characters_are_found_by_name() {
    let project = &Project::new(
        "app/[id]/page.tsx\n app/i/page.tsx\n app/(g)/x.ts\n [x]\n x\n a\\nb.c\n d\\xff.c\n -.c",
    );
    check(project, "app/[id]/page.tsx", &expect!["app/[id]/page.tsx"]);
    check(project, "[x]", &expect!["[x]"]);
    check(project, "app/(g)/*.ts", &expect!["app/(g)/x.ts"]);
    check(project, "app/\\[id\\]/*", &expect!["app/[id]/page.tsx"]);
    check(
        project,
        "*.c",
        &expect![[r#"
        -.c d�.c (lossy) a
        b.c"#]],
    );
}

#[test]
fn a_stopped_call_gives_what_it_has() {
    let project = Project::new("a\n b/c");
    let cancel = Cancel::new();
    cancel.cancel();
    let control = Control::cancelled_by(cancel);
    let output = glob(&project.workspace, &GlobInput::new("*"), &control).expect("it began");
    expect![[r#" (ignored: 0+) stopped: Some("cancelled")"#]].assert_eq(&told(
        &output.files,
        output.total,
        output.ignored,
        &output.coverage,
    ));
    let control = Control::within(std::time::Duration::ZERO);
    let output = list(&project.workspace, &ListInput::default(), &control).expect("it began");
    expect![[r#" (ignored: 0+) stopped: Some("deadline")"#]].assert_eq(&told(
        &output.files,
        output.total,
        output.ignored,
        &output.coverage,
    ));
}

#[test]
fn looking_into_ignored_folders_ends_at_a_limit() {
    let mut limits = Limits::default();
    limits.search.ignored_entries = 3;
    let tree = ".gitignore = target\n a\n target/b\n target/c\n target/d\n target/e";
    let project = Project::with_limits(tree, limits);
    check(&project, "*", &expect!["a .gitignore (ignored: 3+)"]);
}

#[test]
fn folders_that_cannot_be_read_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new("a\n closed/b");
    let closed = project.path.join("closed");
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o0)).expect("changed");
    if std::fs::read_dir(&closed).is_ok() {
        println!("skipped: nothing is closed to root");
        return;
    }
    let output = list(&project.workspace, &ListInput::default(), &Control::unbounded());
    let unreadable = output.expect("it began").coverage.unreadable;
    assert_eq!((unreadable.count, unreadable.first[0].path.as_str()), (1, "closed"));
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o700)).expect("changed");
}

/// Without roots an absolute pattern leads anywhere.
#[test]
fn absolute_patterns_begin_where_they_say() {
    let project = Project::new("a.rs");
    std::fs::write(project.outside.join("b.rs"), "").expect("written");
    let pattern = format!("{}/*.rs", project.outside.display());
    expect!["outside: OUTSIDE: lies outside PROJECT"]
        .assert_eq(&globbed(&project, &GlobInput::new(&pattern)));
    let anywhere = Workspace::new(Scope::anywhere(&project.path).expect("a folder"), "/none");
    let output = glob(&anywhere, &GlobInput::new(&pattern), &Control::unbounded());
    let files = output.expect("it is allowed").files;
    assert_eq!(Path::new(&files[0].path), project.outside.join("b.rs"));
}

fn listed(project: &Project, input: &ListInput) -> String {
    let raw = list_raw(&project.workspace, input, b'\n', &Control::unbounded());
    match list(&project.workspace, input, &Control::unbounded()) {
        Ok(output) => {
            let raw = raw.expect("as the other");
            if input.limit.is_none() && !output.truncated {
                assert_eq!(raw.count, output.total);
                assert_eq!(
                    raw.paths.iter().filter(|byte| **byte == b'\n').count() as u64,
                    raw.count
                );
            }
            told(&output.files, output.total, output.ignored, &output.coverage)
        }
        Err(error) => failed(project, &error),
    }
}

#[test]
fn a_list_is_filtered_by_globs_and_depth() {
    let project = &Project::new(
        ".gitignore = *.o\n b.rs\n a.md\n src/x.rs\n src/x.o\n src/deep/y.rs\n .env\n l -> b.rs",
    );
    let check = |input: ListInput, expected: &Expect| expected.assert_eq(&listed(project, &input));
    let globs = |globs: &[&str]| ListInput {
        globs: globs.iter().map(|glob| (*glob).to_owned()).collect(),
        ..ListInput::default()
    };
    check(
        ListInput::default(),
        &expect![".env .gitignore a.md b.rs src/deep/y.rs src/x.rs (ignored: 1)"],
    );
    check(globs(&["*.rs", "*.md"]), &expect!["a.md b.rs src/deep/y.rs src/x.rs"]);
    check(globs(&["!src/", "!.*"]), &expect!["a.md b.rs"]);
    check(globs(&["*.rs", "!src/*.rs"]), &expect!["b.rs src/deep/y.rs"]);
    check(globs(&["x.o", "l"]), &expect!["l src/x.o"]);
    check(globs(&["/*"]), &expect![".env .gitignore a.md b.rs"]);
    check(
        globs(&["[a"]),
        &expect![
            "invalid_glob: glob `[a`: unclosed character class; missing ']'; a backslash takes the next character literally"
        ],
    );
    check(ListInput { depth: Some(2), ..globs(&["*.rs"]) }, &expect!["b.rs src/x.rs"]);
    check(
        ListInput { hidden: false, respect_ignore: false, ..ListInput::default() },
        &expect!["a.md b.rs src/deep/y.rs src/x.o src/x.rs (ignored: 2)"],
    );
    check(
        ListInput { folders: true, path: Some("src".into()), ..ListInput::default() },
        &expect!["src/deep/ src/deep/y.rs src/x.rs (ignored: 1)"],
    );
    check(
        ListInput { limit: Some(1), order: Order::Newest, ..ListInput::default() },
        &expect![".env of 6 (ignored: 1)"],
    );
    check(
        ListInput { path: Some("b.rs".into()), ..ListInput::default() },
        &expect!["not_a_folder: PROJECT/b.rs: is no folder"],
    );
    let details = ListInput { details: true, limit: Some(1), ..ListInput::default() };
    let output = list(&project.workspace, &details, &Control::unbounded()).expect("it began");
    assert_eq!(
        (output.files[0].bytes, output.files[0].modified_ms),
        (Some(0), Some(1_700_000_006_000))
    );
}

#[test]
fn a_raw_list_is_one_buffer() {
    let project = Project::new("a\\nb\n c/d");
    let raw = |limit| {
        let input = ListInput { limit, folders: true, ..ListInput::default() };
        let mut list =
            list_raw(&project.workspace, &input, 0, &Control::unbounded()).expect("it began");
        let mut paths: Vec<_> = list
            .paths
            .split(|byte| *byte == 0)
            .map(|path| path.escape_ascii().to_string())
            .collect();
        paths.sort();
        list.paths.clear();
        (paths.join(" "), list.count, list.truncated)
    };
    assert_eq!(raw(None), (" a\\nb c/ c/d".to_owned(), 3, false));
    assert_eq!((raw(Some(1)).1, raw(Some(1)).2), (1, true));
}

fn treed(project: &Project, input: &TreeInput) -> String {
    match tree(&project.workspace, input, &Control::unbounded()) {
        Ok(output) => {
            let lines = output.text.lines().filter(|line| !line.contains('…')).count();
            assert_eq!(lines, output.entries.len() + 1);
            let cut = if output.truncated { "cut, " } else { "" };
            format!("{}({cut}ignored: {})", output.text, output.ignored)
        }
        Err(error) => failed(project, &error),
    }
}

#[test]
fn a_tree_shows_folders_first_and_what_it_leaves_out() {
    let mut limits = Limits::default();
    limits.search.tree_folder_entries = 3;
    let project = &Project::with_limits(
        ".gitignore = *.o\n z/1\n z/2\n z/3 = abc\n z/4\n z/y/x/w/v\n b.rs\n b.o\n .git/x\n l -> b.rs",
        limits,
    );
    let check = |input: TreeInput, expected: &Expect| expected.assert_eq(&treed(project, &input));
    check(
        TreeInput::default(),
        &expect![[r#"
        ./
          z/
            y/
              x/
            1
            2
            … 2 more
          .gitignore
          b.rs
          … 1 more
        (cut, ignored: 1)"#]],
    );
    check(
        TreeInput { depth: Some(1), ..TreeInput::default() },
        &expect![[r#"
        ./
          z/
          .gitignore
          b.rs
          … 1 more
        (cut, ignored: 1)"#]],
    );
    check(
        TreeInput { depth: Some(9), path: Some("z".into()), sizes: true, ..TreeInput::default() },
        &expect![[r#"
            z/
              y/
                x/
                  w/
                    v (0 bytes)
              1 (0 bytes)
              2 (0 bytes)
              … 2 more
            (cut, ignored: 0)"#]],
    );
}

#[test]
fn a_tree_with_a_limit_shows_upper_levels_first() {
    let mut limits = Limits::default();
    limits.search.tree_folder_entries = 3;
    let project = &Project::with_limits(
        ".gitignore = *.o\n z/1\n z/2\n z/3 = abc\n z/4\n z/y/x/w/v\n b.rs\n b.o\n .git/x\n l -> b.rs",
        limits,
    );
    let check = |input: TreeInput, expected: &Expect| expected.assert_eq(&treed(project, &input));
    check(
        TreeInput { limit: Some(5), ..TreeInput::default() },
        &expect![[r#"
        ./
          z/
            y/
              … 1 more
            1
            … 3 more
          .gitignore
          b.rs
          … 1 more
        (cut, ignored: 1)"#]],
    );
    check(
        TreeInput {
            limit: Some(2),
            hidden: false,
            exclude: vec!["z/y".to_owned()],
            ..TreeInput::default()
        },
        &expect![[r#"
            ./
              z/
                … 4 more
              b.rs
              … 1 more
            (cut, ignored: 2)"#]],
    );
    check(
        TreeInput { path: Some("b.rs".into()), ..TreeInput::default() },
        &expect!["not_a_folder: PROJECT/b.rs: is no folder"],
    );
    let entries = tree(
        &project.workspace,
        &TreeInput { limit: Some(4), ..TreeInput::default() },
        &Control::unbounded(),
    );
    let folder = entries.expect("it began").entries.into_iter().find(|entry| entry.path == "z");
    assert_eq!(folder.expect("it is shown").more, 4);
}

#[test]
fn odd_names_stay_on_their_line() {
    let project = &Project::new("a\\nb/c\\xff\n ü");
    expect![[r#"
        ./
          a\nb/
            c�
          ü
        (ignored: 0)"#]]
    .assert_eq(&treed(project, &TreeInput::default()));
    let empty = Project::new("");
    expect![[r#"
        ./
        (ignored: 0)"#]]
    .assert_eq(&treed(&empty, &TreeInput::default()));
    let input = TreeInput { path: Some(PathBuf::from("a\nb")), ..TreeInput::default() };
    expect![[r#"
        a\nb/
          c�
        (ignored: 0)"#]]
    .assert_eq(&treed(project, &input));
}

#[test]
fn all_four_take_and_give_json() {
    let project = Project::new("a.rs = needle\\n\n b.o\n .gitignore = *.o");
    let run = |name: &str, input: serde_json::Value| {
        let tools = ironbridge_tools::tools();
        let tool = tools.iter().find(|tool| tool.name == name).expect("it is in the table");
        match tool.run(&project.workspace, input, &Control::unbounded()) {
            Ok(output) => output.to_string(),
            Err(failure) => failure.to_json().to_string(),
        }
    };
    expect![[r#"{"files":[{"path":"a.rs","bytes":7,"modifiedMs":1700000000000}],"total":1,"truncated":false,"ignored":{"files":0,"exact":true},"coverage":{"complete":true}}"#]].assert_eq(&run("glob", json!({ "pattern": "*.rs" })));
    expect![[r#"{"files":[{"path":"a.rs","modifiedMs":1700000000000,"matches":1,"lines":[{"line":1,"text":"needle","offset":0,"column":2,"ranges":[{"start":1,"end":4}]}]}],"totals":{"searched":2,"files":1,"matches":1},"truncated":false,"ignored":{"files":0,"matches":0,"exact":true},"coverage":{"complete":true}}"#]].assert_eq(&run("grep", json!({ "pattern": "e+d", "fixedStrings": false })));
    expect![[r#"{"error":{"code":"invalid_pattern","message":"pattern `(`: unclosed group at character 1; `fixedStrings` takes it literally","at":1}}"#]].assert_eq(&run("grep", json!({ "pattern": "(" })));
    expect![[r#"{"error":{"code":"invalid_input","message":"grep: mode: unknown variant `lines`, expected one of `content`, `files`, `count`; `ironbridge tool grep --schema` shows what it takes"}}"#]].assert_eq(&run("grep", json!({ "pattern": "a", "mode": "lines" })));
    expect![[r#"{"files":[{"path":"a.rs"}],"total":1,"truncated":false,"ignored":{"files":1,"exact":true},"coverage":{"complete":true}}"#]].assert_eq(&run("list", json!({ "globs": ["!.*"] })));
    expect![[r#"{"text":"./\n  .gitignore\n  a.rs\n","entries":[{"path":".gitignore","kind":"file","depth":1},{"path":"a.rs","kind":"file","depth":1}],"truncated":false,"ignored":1,"coverage":{"complete":true}}"#]].assert_eq(&run("tree", json!({ "depth": 1 })));
}

/// Wherever a call is cancelled: what it gives is true, and it says that there may be more.
#[test]
fn a_call_cancelled_on_its_way_gives_true_results() {
    let lines: String =
        (0..20).flat_map(|d| (0..50).map(move |f| format!("d{d}/f{f} = x\n"))).collect();
    let project = Project::new(&lines);
    for round in 0..60_u64 {
        let control = Control::unbounded();
        let cancel = control.cancel_token().clone();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for _ in 0..round * round * 50 {
                    std::hint::spin_loop();
                }
                cancel.cancel();
            });
            let input = GlobInput { limit: Some(2_000), ..GlobInput::new("f*") };
            let globbed = glob(&project.workspace, &input, &control).expect("it began");
            let input = ListInput { limit: Some(2_000), ..ListInput::default() };
            let listed = list(&project.workspace, &input, &control).expect("it began");
            let input = GrepInput { limit: Some(2_000), ..GrepInput::new("x") };
            let found = grep(&project.workspace, &input, &control).expect("it began");
            let results = [
                (globbed.coverage, globbed.total, globbed.files.len()),
                (listed.coverage, listed.total, listed.files.len()),
                (found.coverage, found.totals.files, found.files.len()),
            ];
            for (coverage, total, given) in results {
                assert_eq!(given as u64, total);
                assert!(total <= 1_000);
                assert!(total == 1_000 || coverage.stopped.is_some(), "{total} and no word");
            }
            for file in globbed.files.iter().chain(&listed.files) {
                assert!(project.path.join(&file.path).is_file(), "{}", file.path);
            }
        });
    }
}
