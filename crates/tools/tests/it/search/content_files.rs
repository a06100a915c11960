//! `grep`: which files, how much of them, and what is not searched.

use expect_test::expect;
use ironbridge_tools::search::{GrepInput, GrepMode, Order, grep};
use ironbridge_tools::{Cancel, Control, Limits};

use super::content::{check, sought, told};
use super::tree_on_disk::Project;

#[test]
fn files_are_chosen_by_glob_and_type() {
    let project =
        &Project::new("a.rs = x\n b.py = x\n src/c.ts = x\n src/d.d.ts = x\n e.foots = x");
    let files = |input: GrepInput| GrepInput { mode: GrepMode::Files, order: Order::Path, ..input };
    let globs = |include: &[&str], exclude: &[&str]| {
        let owned = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
        files(GrepInput { include: owned(include), exclude: owned(exclude), ..sought("x") })
    };
    check(
        project,
        globs(&["*.ts"], &[]),
        &expect![[r#"
        src/c.ts
        src/d.d.ts
        = 2"#]],
    );
    check(
        project,
        globs(&["*.{rs,py}"], &["b.*"]),
        &expect![[r#"
        a.rs
        = 1"#]],
    );
    check(
        project,
        globs(&["src/"], &["*.d.ts"]),
        &expect![[r#"
        src/c.ts
        = 1"#]],
    );
    check(
        project,
        globs(&[], &["src"]),
        &expect![[r#"
        a.rs
        b.py
        e.foots
        = 3"#]],
    );
    let types = |types: &[&str]| types.iter().map(|name| (*name).to_owned()).collect();
    check(
        project,
        files(GrepInput { types: types(&["rust", "py"]), ..sought("x") }),
        &expect![[r#"
        a.rs
        b.py
        = 2"#]],
    );
    check(
        project,
        files(GrepInput { exclude_types: types(&["ts"]), ..sought("x") }),
        &expect![[r#"
        a.rs
        b.py
        e.foots
        = 3"#]],
    );
    check(
        project,
        files(GrepInput { path: Some("src".into()), ..sought("x") }),
        &expect![[r#"
        src/c.ts
        src/d.d.ts
        = 2"#]],
    );
}

#[test]
fn modes_and_limits() {
    let project = &Project::new("a = x\\nx\\nx\\n\n b = x\\nx\\n\n c = x\\n");
    check(
        project,
        GrepInput { mode: GrepMode::Files, ..sought("x") },
        &expect![[r#"
        c
        b
        a
        = 3"#]],
    );
    check(
        project,
        GrepInput { mode: GrepMode::Count, ..sought("x") },
        &expect![[r#"
        c 1
        b 2
        a 3
        = 3 with 6"#]],
    );
    check(
        project,
        GrepInput { mode: GrepMode::Count, limit: Some(2), ..sought("x") },
        &expect![[r#"
            c 1
            b 2
            = 3 with 6, cut"#]],
    );
    check(
        project,
        GrepInput { limit: Some(2), ..sought("x") },
        &expect![[r#"
        c 1
          1@0:1: «x»
        b 2 cut
          1@0:1: «x»
        = 3 with 6, cut"#]],
    );
    check(
        project,
        GrepInput { limit: Some(4), order: Order::Path, ..sought("x") },
        &expect![[r#"
        a 3
          1@0:1: «x»
          2@2:1: «x»
          3@4:1: «x»
        b 2 cut
          1@0:1: «x»
        = 3 with 6, cut"#]],
    );
    check(
        project,
        GrepInput { limit_per_file: Some(1), ..sought("x") },
        &expect![[r#"
        c 1
          1@0:1: «x»
        b 2 cut
          1@0:1: «x»
        a 3 cut
          1@0:1: «x»
        = 3 with 6, cut"#]],
    );
    check(project, GrepInput { limit: Some(0), ..sought("x") }, &expect!["= 3 with 6, cut"]);
    let stopped = GrepInput { limit: Some(1), stop_at_limit: true, ..sought("x") };
    let output = grep(&project.workspace, &stopped, &Control::unbounded()).expect("it began");
    assert!(!output.coverage.complete && output.totals.files >= 1 && output.files.len() == 1);
}

#[test]
fn long_lines_are_cut_around_the_match() {
    let mut limits = Limits::default();
    limits.search.line_characters = 8;
    let project = &Project::with_limits(
        "a = äöüäöüäöüäöüx\\nxäöüäöüäöüäöü\\n\n b = 0123456789\\xffx",
        limits,
    );
    check(
        project,
        sought("x"),
        &expect![[r#"
        b 1
          1@9:12: [9]9�«x» (lossy)
        a 2
          1@20:13: [20]öü«x»
          2@26:1: «x»äöüäöüä[10]
        = 2 with 3"#]],
    );
    check(
        project,
        sought("x|ö"),
        &expect![[r#"
        b 1
          1@9:12: [9]9�«x» (lossy)
        a 2
          1@0:2: ä«ö»üä«ö»üä«ö»[9]
          2@26:1: «x»ä«ö»üä«ö»üä[10]
        = 2 with 3"#]],
    );
}

#[test]
fn utf_16_is_decoded_and_binary_files_are_counted() {
    let project = &Project::new(
        "le = \\xff\\xfea\\x00b\\x00\\r\\x00\\n\\x00c\\x00b\\x00\n be = \\xfe\\xff\\x00a\\x00b\n bom = \\xef\\xbb\\xbfab\n bin = ab\\n\\x00ab\\n\n latin = \\xe9ab",
    );
    check(
        project,
        sought("b"),
        &expect![[r#"
        latin 1
          1@0:3: �a«b» (lossy)
        bom 1
          1@0:2: a«b»
        be 1
          1@0:2: a«b»
        le 2
          1@0:2: a«b»
          2@4:2: c«b»
        = 4 with 5, binary: 1"#]],
    );
    check(
        project,
        sought("^a"),
        &expect![[r#"
        bom 1
          1@0:1: «a»b
        be 1
          1@0:1: «a»b
        le 1
          1@0:1: «a»b
        = 3 with 3, binary: 1"#]],
    );
    check(
        project,
        GrepInput { binary: true, path: Some("bin".into()), ..sought("ab") },
        &expect![[r#"
            bin 2
              1@0:1: «ab»
              2@3:2: \0«ab»
            = 1 with 2"#]],
    );
    check(
        project,
        GrepInput { path: Some("bin".into()), ..sought("ab") },
        &expect!["= 0 with 0, binary: 1"],
    );
    check(
        project,
        GrepInput { mode: GrepMode::Count, ..sought("ab") },
        &expect![[r#"
        latin 1
        bom 1
        be 1
        le 1
        = 4 with 4, binary: 1"#]],
    );
}

#[test]
fn ignored_files_are_searched_for_the_count_and_named_ones_for_good() {
    let tree = ".gitignore = *.log\\ntarget\n a = x\n b.log = x\\nx\n target/c = x\n target/d/e = x\n .git/f = x";
    let project = &Project::new(tree);
    let count = |input: GrepInput| GrepInput { mode: GrepMode::Count, order: Order::Path, ..input };
    check(
        project,
        count(sought("x")),
        &expect![[r#"
        a 1
        = 1 with 1, ignored: 3 with Some(4)"#]],
    );
    check(
        project,
        count(GrepInput { path: Some("target".into()), ..sought("x") }),
        &expect![[r#"
        target/c 1
        target/d/e 1
        = 2 with 2"#]],
    );
    check(
        project,
        count(GrepInput { path: Some("b.log".into()), ..sought("x") }),
        &expect![[r#"
        b.log 2
        = 1 with 2"#]],
    );
    check(
        project,
        count(GrepInput { include: vec!["b.log".to_owned()], ..sought("x") }),
        &expect![[r#"
            b.log 2
            = 1 with 2"#]],
    );
    check(
        project,
        count(GrepInput { include: vec!["target/**".to_owned()], ..sought("x") }),
        &expect![[r#"
            target/c 1
            target/d/e 1
            = 2 with 2"#]],
    );
    check(
        project,
        count(GrepInput { respect_ignore: false, ..sought("x") }),
        &expect![[r#"
        a 1
        b.log 2
        target/c 1
        target/d/e 1
        = 4 with 5"#]],
    );
    check(
        project,
        count(GrepInput { count_ignored: false, ..sought("x") }),
        &expect![[r#"
        a 1
        = 1 with 1, ignored: 0 with Some(0)+"#]],
    );
    check(
        project,
        GrepInput { mode: GrepMode::Files, ..sought("x") },
        &expect![[r#"
        a
        = 1, ignored: 3 with None"#]],
    );
    let mut limits = Limits::default();
    limits.search.ignored_files = 1;
    check(
        &Project::with_limits(tree, limits.clone()),
        count(sought("x")),
        &expect![[r#"
        a 1
        = 1 with 1, ignored: 1 with Some(2)+"#]],
    );
    limits.search.ignored_bytes = 1;
    check(
        &Project::with_limits(".ignore = c\n c = xyz", limits),
        count(sought("x")),
        &expect!["= 0 with 0, ignored: 0 with Some(0)+"],
    );
}

#[test]
fn what_cannot_be_searched_is_named() {
    let mut limits = Limits::default();
    limits.search.line_bytes = 70_000;
    let project = &Project::with_limits("a = x\n l -> a", limits);
    std::fs::write(project.path.join("long"), "y".repeat(80_000)).expect("written");
    let mkfifo = std::process::Command::new("mkfifo").arg(project.path.join("fifo")).status();
    assert!(mkfifo.is_ok_and(|status| status.success()));
    check(
        project,
        sought("x"),
        &expect![[r#"
            a 1
              1@0:1: «x»
            = 1 with 1, long: a line of it is longer than 70000 bytes"#]],
    );
    check(
        project,
        GrepInput { path: Some("fifo".into()), ..sought("x") },
        &expect!["unreadable: PROJECT/fifo: cannot be read"],
    );
    check(
        project,
        GrepInput { path: Some("l".into()), ..sought("x") },
        &expect![[r#"
        l 1
          1@0:1: «x»
        = 1 with 1"#]],
    );
}

#[test]
fn a_stopped_call_gives_what_it_has() {
    let project = Project::new("a = x\n b = x");
    let cancel = Cancel::new();
    cancel.cancel();
    let control = Control::cancelled_by(cancel);
    let output = grep(&project.workspace, &sought("x"), &control).expect("it began");
    expect![[r#"= 0 with 0, ignored: 0 with Some(0)+, stopped: Some("cancelled")"#]]
        .assert_eq(&told(&output));
    let file = GrepInput { path: Some("a".into()), ..sought("x") };
    let output = grep(&project.workspace, &file, &control).expect("it began");
    expect![[r#"= 0 with 0, ignored: 0 with Some(0)+, stopped: Some("cancelled")"#]]
        .assert_eq(&told(&output));
}

/// More than one thread, with the files of one folder shared among them: nothing is lost or doubled.
#[test]
fn a_large_folder_is_searched_by_all_threads() {
    let tree: String = (0..300).map(|n| format!("f{n} = x{n}\\nx\\n\n")).collect();
    let project = Project::new(&tree);
    let input = GrepInput { limit: Some(40), ..sought("x") };
    let output = grep(&project.workspace, &input, &Control::unbounded()).expect("it began");
    assert_eq!((output.totals.files, output.totals.matches), (300, Some(600)));
    let newest: Vec<_> = output.files.iter().map(|file| file.path.as_str()).take(3).collect();
    assert_eq!((newest.join(" "), output.files.len()), ("f299 f298 f297".to_owned(), 20));
}
