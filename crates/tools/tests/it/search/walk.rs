//! What a walk shows, what it calls ignored, and where it stops.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::{Expect, expect};
use ironbridge_tools::search::rules::Ignores;
use ironbridge_tools::search::walk::{Entry, Kind, Next, Visitor, WalkOptions, walk};
use ironbridge_tools::{Control, Stopped};

use super::tree_on_disk::Project;

/// Notes every entry, `!` before an ignored one; goes into no ignored folder.
struct Notes(BTreeSet<String>, Next);

impl Visitor for Notes {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        let mark = if entry.ignored { "!" } else { "" };
        let end = match entry.kind {
            Kind::Folder => "/",
            Kind::Link => "@",
            Kind::File | Kind::Other => "",
        };
        self.0.insert(format!("{}{mark}{end}", entry.path.to_string_lossy()));
        if entry.ignored { self.1 } else { Next::Continue }
    }
}

fn noted(project: &Project, root: &str, options: &WalkOptions, ignored: Next) -> String {
    let root = project.workspace.scope().locate(root).expect("inside");
    let notes = || Notes(BTreeSet::new(), ignored);
    let control = Control::unbounded();
    let (end, notes) = walk(&project.workspace, &root, options, &control, notes).expect("a folder");
    let paths: BTreeSet<String> = notes.into_iter().flat_map(|notes| notes.0).collect();
    let mut text = paths.into_iter().collect::<Vec<_>>().join(" ");
    for (path, error) in &end.unreadable.first {
        write!(text, " [{}: {error}]", path.display()).expect("it is a string");
    }
    if end.loops > 0 {
        write!(text, " loops: {}", end.loops).expect("it is a string");
    }
    if end.links_not_followed > 0 {
        write!(text, " not followed: {}", end.links_not_followed).expect("it is a string");
    }
    text
}

#[track_caller]
fn check(tree: &str, root: &str, expected: &Expect) {
    expected.assert_eq(&noted(&Project::new(tree), root, &WalkOptions::default(), Next::Skip));
}

#[test]
fn rules_hold_beneath_their_folder_and_the_nearest_decides() {
    check("a.rs\n b/c.rs", ".", &expect!["a.rs b/ b/c.rs"]);
    check(
        ".gitignore = *.log\\ntarget/\n a.log\n b/x.log\n b/.gitignore = !keep.log\n b/keep.log\n target/y",
        ".",
        &expect![".gitignore a.log! b/ b/.gitignore b/keep.log b/x.log! target!/"],
    );
    check(".gitignore = /only\n only\n b/only", ".", &expect![".gitignore b/ b/only only!"]);
    check(
        ".gitignore = b/*.o\n b/x.o\n c/b/x.o",
        ".",
        &expect![".gitignore b/ b/x.o! c/ c/b/ c/b/x.o"],
    );
    check(
        ".ignore = !x.o\n .gitignore = *.o\n x.o\n y.o",
        ".",
        &expect![".gitignore .ignore x.o y.o!"],
    );
    check(
        ".gitignore = \\xef\\xbb\\xbfx\\r\\n[\\n# x\\ny \\n\n x\n y\n z",
        ".",
        &expect![".gitignore x! y! z"],
    );
    check("b/.gitignore = *\n b/x\n b/c/y\n d", ".", &expect!["b/ b/.gitignore! b/c!/ b/x! d"]);
    check(
        ".git/info/exclude = secret\n secret\n b/secret\n open",
        ".",
        &expect![".git!/ b/ b/secret! open secret!"],
    );
}

/// At a nested repository the git rules of the outer one end; `.ignore` goes on.
#[test]
fn a_nested_repository_has_rules_of_its_own() {
    check(
        ".git/\n .gitignore = *.o\n .ignore = *.tmp\n sub/.git/\n sub/x.o\n sub/x.tmp\n sub/deep/y.o",
        ".",
        &expect![
            ".git!/ .gitignore .ignore sub/ sub/.git!/ sub/deep/ sub/deep/y.o sub/x.o sub/x.tmp!"
        ],
    );
    check(
        ".git/worktrees/w/commondir = ../..\n .git/info/exclude = secret\n w/.git = gitdir: ../.git/worktrees/w\\n\n w/secret",
        ".",
        &expect![".git!/ w/ w/.git! w/secret!"],
    );
}

#[test]
fn a_root_deeper_in_the_project_keeps_the_rules_above_it() {
    let tree = ".gitignore = *.o\\n/a/x\n a/.gitignore = !k.o\n a/b/k.o\n a/b/l.o\n a/x\n a/b/x";
    check(tree, "a", &expect![".gitignore b/ b/k.o b/l.o! b/x x!"]);
    check(tree, "a/b", &expect!["k.o l.o! x"]);
}

/// Named exactly, an ignored folder is shown whole.
#[test]
fn an_ignored_root_is_judged_by_no_rule() {
    let tree = ".gitignore = dist\\n*.js\n dist/a.js\n dist/.gitignore = *\n dist/b/c.js\n .git/config\n .git/hooks/x";
    check(tree, "dist", &expect![".gitignore a.js b/ b/c.js"]);
    check(tree, "dist/b", &expect!["c.js"]);
    check(tree, ".git", &expect!["config hooks/ hooks/x"]);
}

#[test]
fn rules_above_the_project_count_only_in_its_repository() {
    let project = Project::new("a.log\n b.txt");
    let above = project.path.parent().expect("it has a parent");
    let shown = || noted(&project, ".", &WalkOptions::default(), Next::Skip);
    std::fs::write(above.join(".gitignore"), "*.log\n").expect("written");
    expect!["a.log b.txt"].assert_eq(&shown());
    std::fs::create_dir(above.join(".git")).expect("created");
    expect!["a.log! b.txt"].assert_eq(&shown());
    // A home folder kept in git with everything ignored does not blank the project.
    std::fs::write(above.join(".gitignore"), "*\n").expect("written");
    expect!["a.log b.txt"].assert_eq(&shown());
}

#[test]
fn hidden_ones_and_rules_can_be_chosen() {
    let project = Project::new(
        ".gitignore = *.o\\n!.kept\n .env\n .kept\n .config/x\n a.o\n .git/config\n b/.c/d",
    );
    let hidden = WalkOptions { hidden: false, ..WalkOptions::default() };
    expect![".config!/ .env! .git!/ .gitignore! .kept a.o! b/ b/.c!/"].assert_eq(&noted(
        &project,
        ".",
        &hidden,
        Next::Skip,
    ));
    let no_rules = WalkOptions { respect_ignore: false, ..WalkOptions::default() };
    expect![".config/ .config/x .env .git!/ .gitignore .kept a.o b/ b/.c/ b/.c/d"]
        .assert_eq(&noted(&project, ".", &no_rules, Next::Skip));
    let shallow = WalkOptions { depth_max: Some(1), ..WalkOptions::default() };
    expect![".config/ .env .git!/ .gitignore .kept a.o! b/"].assert_eq(&noted(
        &project,
        ".",
        &shallow,
        Next::Skip,
    ));
    expect![".config/ .config/x .env .git!/ .git/config .gitignore .kept a.o! b/ b/.c/ b/.c/d"]
        .assert_eq(&noted(&project, ".", &WalkOptions::default(), Next::Continue));
    expect![".config/ .config/x .env .git!/ .git/config! .gitignore .kept a.o! b/ b/.c/ b/.c/d"]
        .assert_eq(&noted(&project, ".", &WalkOptions::default(), Next::Defer));
}

#[test]
fn links_are_followed_on_request_inside_the_project_and_never_round_in_a_circle() {
    let project = Project::new(
        "a/x\n a/up -> ..\n a/self -> self\n link -> a\n file -> a/x\n out -> ../outside\n none -> nowhere",
    );
    std::fs::write(project.outside.join("secret"), "").expect("written");
    expect!["a/ a/self@ a/up@ a/x file@ link@ none@ out@"].assert_eq(&noted(
        &project,
        ".",
        &WalkOptions::default(),
        Next::Skip,
    ));
    let follow = WalkOptions { follow_links: true, ..WalkOptions::default() };
    expect!["a/ a/self@ a/up/ a/x file link/ link/self@ link/up/ link/x none@ out@ loops: 2 not followed: 4"].assert_eq(&noted(&project, ".", &follow, Next::Skip));
}

#[test]
fn weird_names_are_names() {
    check(
        "a\\nb\n c\\xffd/e\n -\n *\n [x]\n \\x01",
        ".",
        &expect![[r#"
         * - [x] a
        b c�d/ c�d/e"#]],
    );
}

#[test]
fn many_folders_are_walked_by_all_threads_and_each_entry_once() {
    let tree: String = (0..60).map(|n| format!("d{n}/e/f{n}\n d{n}/g\n")).collect();
    let project = Project::new(&tree);
    for spread_files in [false, true] {
        let options = WalkOptions { spread_files, ..WalkOptions::default() };
        let root = project.workspace.scope().locate(".").expect("inside");
        let notes = || Notes(BTreeSet::new(), Next::Skip);
        let (end, notes) = walk(&project.workspace, &root, &options, &Control::unbounded(), notes)
            .expect("a folder");
        assert_eq!((end.folders, end.entries), (121, 240));
        assert_eq!(notes.iter().map(|notes| notes.0.len()).sum::<usize>(), 240);
    }
}

struct Panics;

impl Visitor for Panics {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        assert!(entry.depth < 3, "as asked");
        Next::Continue
    }
}

/// The other threads do not wait for ever.
#[test]
fn a_visitor_that_panics_ends_the_walk() {
    let tree: String = (0..60).map(|n| format!("d{n}/e/f{n}\n")).collect();
    let project = Project::new(&tree);
    let root = project.workspace.scope().locate(".").expect("inside");
    let run = || {
        let control = Control::unbounded();
        walk(&project.workspace, &root, &WalkOptions::default(), &control, || Panics)
    };
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
}

#[test]
fn single_paths_are_judged_as_a_walk_judges_them() {
    let project = Project::new(
        ".gitignore = *.o\\nt/\n a/.gitignore = !k.o\n a/k.o\n a/l.o\n t/x\n b.rs\n .git/config\n .env",
    );
    let root = project.workspace.scope().locate(".").expect("inside");
    let mut ignores = Ignores::new(project.workspace.scope(), &root, true);
    let ignored: Vec<&str> =
        ["a", "a/k.o", "a/l.o", "t/x", "t", "b.rs", ".git/config", ".env", "n/x.o"]
            .into_iter()
            .filter(|path| ignores.is_ignored(Path::new(path), *path == "t"))
            .collect();
    assert_eq!(ignored, ["a/l.o", "t/x", "t", ".git/config", "n/x.o"]);
    std::fs::write(project.path.join("a/.gitignore"), "").expect("written");
    assert!(!ignores.is_ignored(Path::new("a/k.o"), false));
    ignores.forget();
    assert!(ignores.is_ignored(Path::new("a/k.o"), false));
}

/// Puts a link to the outside where a folder was, once it has been seen and before it is entered.
struct Swaps<'p>(&'p Project, Vec<String>);

impl Visitor for Swaps<'_> {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        self.1.push(entry.path.to_string_lossy().into_owned());
        if entry.path == Path::new("sub") {
            let sub = self.0.path.join("sub");
            std::fs::rename(&sub, self.0.outside.join("moved")).expect("moved");
            std::os::unix::fs::symlink(&self.0.outside, &sub).expect("linked");
        }
        Next::Continue
    }
}

#[test]
fn a_link_swapped_in_during_the_walk_does_not_lead_out() {
    let project = Project::new("sub/file");
    std::fs::write(project.outside.join("secret"), "").expect("written");
    let root = project.workspace.scope().locate(".").expect("inside");
    let control = Control::unbounded();
    let swaps = || Swaps(&project, Vec::new());
    let (end, seen) = walk(&project.workspace, &root, &WalkOptions::default(), &control, swaps)
        .expect("a folder");
    let seen: Vec<String> = seen.into_iter().flat_map(|swaps| swaps.1).collect();
    assert_eq!((seen, end.unreadable.count), (vec!["sub".to_owned()], 1));
}

/// Cancels the call at a number of entries, in the middle of the walk.
struct Cancels<'c>(&'c Control, &'c AtomicUsize);

impl Visitor for Cancels<'_> {
    fn visit(&mut self, _: &Entry<'_>) -> Next {
        if self.1.fetch_add(1, Ordering::SeqCst) == 700 {
            self.0.cancel_token().cancel();
        }
        Next::Continue
    }
}

#[test]
fn a_walk_cancelled_on_its_way_ends_soon() {
    let tree: String =
        (0..40).flat_map(|d| (0..100).map(move |f| format!("d{d}/f{f}\n"))).collect();
    let project = Project::new(&tree);
    let root = project.workspace.scope().locate(".").expect("inside");
    let (control, seen) = (Control::unbounded(), AtomicUsize::new(0));
    let cancels = || Cancels(&control, &seen);
    let (end, _) = walk(&project.workspace, &root, &WalkOptions::default(), &control, cancels)
        .expect("a folder");
    assert_eq!(end.stopped, Some(Stopped::Cancelled));
    let seen = seen.into_inner();
    assert!((700..4_040).contains(&seen), "{seen} entries");
}
