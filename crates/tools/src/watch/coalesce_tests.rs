//! Cases of coalescing as data: `+ path` create, `~ path` update, `- path` delete, a `/` at the end for a folder, `!`
//! rescan, `x` ended, `limit path`, and `@ MS` for what is told at that time.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn change(line: &str) -> Change {
    let (sign, path) = line.split_once(' ').unwrap_or((line, ""));
    let kind = match sign {
        "+" => ChangeKind::Create,
        "~" => ChangeKind::Update,
        "-" => ChangeKind::Delete,
        "!" => ChangeKind::Rescan,
        "limit" => ChangeKind::Limit,
        _ => ChangeKind::Ended,
    };
    Change::new(kind, path.trim_end_matches('/'), path.ends_with('/'))
}

fn show(change: &Change) -> String {
    let sign = match change.kind {
        ChangeKind::Create => "+",
        ChangeKind::Update => "~",
        ChangeKind::Delete => "-",
        ChangeKind::Rescan => "!",
        ChangeKind::Limit => "limit",
        ChangeKind::Ended => "x",
    };
    let slash = if change.folder && !change.path.as_os_str().is_empty() { "/" } else { "" };
    format!("{sign} {}{slash}", change.path.display()).trim_end().to_owned()
}

/// What one batch makes of these changes.
fn merged(lines: &[&str], pending_max: usize) -> String {
    let mut coalescer = Coalescer::new(pending_max);
    for line in lines {
        coalescer.push(Duration::ZERO, change(line));
    }
    let changes: Vec<String> = coalescer.take(Duration::ZERO).iter().map(show).collect();
    changes.join(", ")
}

fn check(lines: &[&str], expected: &str) {
    assert_eq!(merged(lines, 100), expected, "{lines:?}");
}

#[test]
fn changes_of_one_path_become_one() {
    check(&["+ a", "~ a", "~ a"], "+ a");
    check(&["+ a", "- a"], "");
    check(&["+ a", "~ a", "- a"], "");
    check(&["+ a", "- a", "+ a"], "+ a");
    check(&["+ a", "+ a"], "+ a");
    check(&["~ a", "~ a"], "~ a");
    check(&["~ a", "- a"], "- a");
    check(&["~ a", "- a", "+ a"], "~ a");
    check(&["~ a", "+ a"], "~ a");
    check(&["- a", "+ a"], "~ a");
    check(&["- a", "+ a", "~ a"], "~ a");
    check(&["- a", "+ a", "- a"], "- a");
    check(&["- a", "- a"], "- a");
}

#[test]
fn paths_keep_the_order_of_their_first_change() {
    check(&["~ b", "+ a", "~ b", "- c"], "~ b, + a, - c");
}

#[test]
fn a_rename_is_a_delete_and_a_create_also_one_of_case() {
    check(&["- old", "+ new"], "- old, + new");
    check(&["- readme", "+ README"], "- readme, + README");
    check(&["- a", "+ b", "- b", "+ c"], "- a, + c");
    // What editors do: write beside, rename over.
    check(&["+ a.tmp", "~ a.tmp", "- a.tmp", "+ a"], "+ a");
}

#[test]
fn a_deleted_folder_swallows_what_lies_beneath() {
    check(&["~ d/a", "+ d/e/b", "- d/"], "- d/");
    check(&["~ d/a", "~ d.rs", "~ d-e/f", "- d/"], "~ d.rs, ~ d-e/f, - d/");
    check(&["+ d/", "+ d/a", "- d/a", "- d/"], "");
    check(&["+ d/", "+ d/a", "- d/"], "");
}

#[test]
fn a_folder_made_anew_is_told_as_both_and_before_what_it_holds() {
    check(&["~ d/a", "- d/", "+ d/", "+ d/a"], "- d/, + d/, + d/a");
    check(&["- d/", "~ x", "+ d/", "+ d/a", "- d/"], "~ x, - d/");
    check(&["- f", "+ f/", "+ f/a"], "- f, + f/, + f/a");
    check(&["- d/", "+ d"], "- d/, + d");
}

#[test]
fn a_rescan_stands_for_what_came_before_it() {
    check(&["+ a", "!", "+ b"], "!, + b");
    check(&["!", "!"], "!");
    assert_eq!(merged(&["+ a", "+ b", "+ c"], 2), "!");
}

#[test]
fn the_end_and_the_limit_come_last() {
    check(&["limit d", "x", "+ a"], "+ a, limit d/, x");
    check(&["limit d", "limit e"], "limit d/");
}

/// Each line with the time it comes at, in milliseconds; gives the batches with the time they are told at.
fn told(lines: &[(u64, &str)], expected: &Expect) {
    let lines: Vec<_> = lines.iter().map(|(at, line)| (at * 1000, *line)).collect();
    told_at_micros(&lines, expected);
}

/// The same with times in microseconds.
fn told_at_micros(lines: &[(u64, &str)], expected: &Expect) {
    let mut coalescer = Coalescer::new(100);
    let mut shown = String::new();
    let mut tell = |coalescer: &mut Coalescer, until: Duration| {
        while let Some(due) = coalescer.due().filter(|due| *due <= until) {
            let changes: Vec<String> = coalescer.take(due).iter().map(show).collect();
            let line = format!("@ {} {}", due.as_millis(), changes.join(", "));
            writeln!(shown, "{}", line.trim_end()).unwrap();
        }
    };
    for (at, line) in lines {
        let now = Duration::from_micros(*at);
        tell(&mut coalescer, now);
        coalescer.push(now, change(line));
    }
    tell(&mut coalescer, Duration::MAX);
    expected.assert_eq(&shown);
}

#[test]
fn the_first_is_told_at_once_and_the_rest_in_windows() {
    told(
        &[(100, "~ a")],
        &expect![[r#"
        @ 100 ~ a
    "#]],
    );
    told(
        &[(100, "~ a"), (101, "~ b"), (101, "~ c"), (200, "~ d")],
        &expect![[r#"
        @ 100 ~ a
        @ 102 ~ b, ~ c
        @ 200 ~ d
    "#]],
    );
    // A steady stream: never later than the longest window.
    let stream: Vec<(u64, &str)> = (0..80).map(|step| (step * 500, "~ a")).collect();
    told_at_micros(
        &stream,
        &expect![[r#"
        @ 0 ~ a
        @ 15 ~ a
        @ 30 ~ a
        @ 40 ~ a
    "#]],
    );
    // What cancels out is not told, and does not count as told.
    told(
        &[(100, "~ x"), (101, "+ a"), (101, "- a"), (102, "~ b")],
        &expect![[r#"
        @ 100 ~ x
        @ 102
        @ 102 ~ b
    "#]],
    );
    told(
        &[(100, "~ a"), (101, "x")],
        &expect![[r#"
        @ 100 ~ a
        @ 101 x
    "#]],
    );
}

/// What one who keeps a list makes of changes told in order.
fn apply(list: &mut Vec<PathBuf>, changes: &[Change]) {
    for change in changes {
        match change.kind {
            ChangeKind::Delete => list.retain(|path| !path.starts_with(&change.path)),
            ChangeKind::Create if !list.contains(&change.path) => list.push(change.path.clone()),
            _ => {}
        }
    }
    list.sort();
}

proptest! {
    #![proptest_config(crate::property_config())]

    /// Whoever applies the batches ends with the same list as who applies every change, however they are cut.
    #[test]
    fn a_list_kept_by_batches_is_the_list_kept_by_changes(
        steps in prop::collection::vec((0_usize..6, any::<bool>()), 0..40),
    ) {
        // A small world: folder `d` with `d/a` and `d/e/`, `d/e/b`; a file `f`; a folder or file `g`.
        const PATHS: [(&str, bool); 6] =
            [("d", true), ("d/a", false), ("d/e", true), ("d/e/b", false), ("f", false), ("g", true)];
        let (mut world, mut by_change, mut by_batch) = (Vec::new(), Vec::new(), Vec::new());
        let mut coalescer = Coalescer::new(100);
        for (index, cut) in steps {
            let (path, folder) = PATHS[index];
            let path = PathBuf::from(path);
            let there = world.contains(&path);
            let parent_there = path.parent().is_none_or(|parent| {
                parent.as_os_str().is_empty() || world.contains(&parent.to_owned())
            });
            if !there && !parent_there {
                continue;
            }
            let kind = if there { ChangeKind::Delete } else { ChangeKind::Create };
            let change = Change::new(kind, path, folder);
            apply(&mut world, std::slice::from_ref(&change));
            apply(&mut by_change, std::slice::from_ref(&change));
            coalescer.push(Duration::ZERO, change);
            if cut {
                apply(&mut by_batch, &coalescer.take(Duration::ZERO));
            }
        }
        apply(&mut by_batch, &coalescer.take(Duration::ZERO));
        prop_assert_eq!(by_change, by_batch);
    }
}
